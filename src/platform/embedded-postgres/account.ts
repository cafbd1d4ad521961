import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A way to run PostgreSQL's programs, which refuse to run as root. */
export interface Account {
  /** Goes before the command, to become someone else. */
  readonly prefix: readonly string[];
  /** Who owns the database's files. */
  readonly owner: User;
  /** Given to the operating system with the command, where no prefix does it. */
  readonly spawn?: { readonly uid: number; readonly gid: number };
}

interface User {
  readonly userId: number;
  readonly groupId: number;
}

/**
 * Chooses who runs PostgreSQL. That is who we are, unless we are root; then, the first of these that works here:
 *
 * 1. root in a user namespace of its own, where the files of root are still its own but its number is not 0;
 * 2. an ordinary user who keeps one right of root's, to pass folders that only root can read (containers that forbid 1);
 * 3. an ordinary user, if that user can reach the folder.
 *
 * A database that belongs to an ordinary user stays that user's: 1 is left out.
 *
 * @throws Error that says what to do where none works
 */
export function chooseAccount(folder: string, databaseFolder: string, postgres: string): Account {
  const self: User = { userId: process.geteuid?.() ?? 0, groupId: process.getegid?.() ?? 0 };
  if (self.userId !== 0) return { prefix: [], owner: self };
  const owner = ownerOf(databaseFolder);
  const user = owner ?? ordinaryUser();
  const namespace: Account = { prefix: ['unshare', '--user', '--'], owner: self };
  const oneRight: Account = {
    prefix: [
      'setpriv',
      `--reuid=${user.userId}`,
      `--regid=${user.groupId}`,
      '--clear-groups',
      // Without it the right counts for open() but not for access(), by which initdb looks for its other programs.
      '--securebits=+no_setuid_fixup',
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      '--bounding-set=-all,+dac_override',
      '--',
    ],
    owner: user,
  };
  const plain: Account = { prefix: [], owner: user, spawn: { uid: user.userId, gid: user.groupId } };
  for (const account of owner ? [oneRight, plain] : [namespace, oneRight, plain]) {
    if (canReach(account, folder, postgres)) return account;
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine permits no way to become someone else who can use ' +
      `${folder} and ${postgres}. Start Commonhold as an ordinary user, or set DATABASE_URL to a server.`,
  );
}

export function spawnAs(
  account: Account,
  command: readonly string[],
  options: { stdio: StdioOptions; detached?: boolean },
): ChildProcess {
  const [program = '', ...rest] = [...account.prefix, ...command];
  return spawn(program, rest, { ...options, ...spawnOptions(account) });
}

/** Tries it: a folder like the database's must be open to the account, and the program must be. */
function canReach(account: Account, folder: string, postgres: string): boolean {
  // Our other files in this folder keep their mode 0600.
  if (account.spawn) chmodSync(folder, 0o711);
  const trial = mkdtempSync(join(folder, 'trial-'));
  try {
    chownSync(trial, account.owner.userId, account.owner.groupId);
    const [program, ...rest] = [...account.prefix, 'test', '-w', trial, '-a', '-x', postgres];
    return spawnSync(program, rest, { stdio: 'ignore', ...spawnOptions(account) }).status === 0;
  } finally {
    rmSync(trial, { recursive: true });
  }
}

function spawnOptions(account: Account) {
  return {
    // Nothing of our environment belongs in the server: it may hold secrets, and LANG would change what initdb does.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    cwd: '/',
    ...account.spawn,
  };
}

function ownerOf(databaseFolder: string): User | undefined {
  const stat = statSync(join(databaseFolder, 'PG_VERSION'), { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? undefined : { userId: stat.uid, groupId: stat.gid };
}

function ordinaryUser(): User {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , userId = '65534', groupId = '65534'] =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? [];
  return { userId: Number(userId), groupId: Number(groupId) };
}
