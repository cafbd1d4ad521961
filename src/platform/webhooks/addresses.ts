import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Where the program may connect to on somebody else's word. An address that a department types in must not reach the
 * machines beside ours: server-side request forgery.
 */
export interface PermittedAddresses {
  /** Why a URL cannot be used, or nothing. The name is not resolved: that is done at each connection. */
  whyNot(url: string): string | undefined;
  /** For `http.request`: resolves a name, and refuses it where any of its addresses is not permitted. */
  readonly lookup: LookupFunction;
  /** The same without TLS: only the networks that are listed. */
  readonly lookupPlain: LookupFunction;
}

/** An address is not one that may be connected to. */
export class AddressNotPermitted extends Error {
  constructor() {
    super('The address is not on the public internet, and is not in a network that WEBHOOK_NETWORKS names.');
    this.name = 'AddressNotPermitted';
  }
}

/**
 * @param networks in CIDR notation, such as `10.1.0.0/16`: permitted besides the public internet, and without TLS.
 * @param resolve finds the addresses of a name: the system's resolver.
 */
export function permitAddresses(
  networks: readonly string[],
  resolve: typeof resolveAll = resolveAll,
): PermittedAddresses {
  const listed = new BlockList();
  for (const network of networks) addNetwork(listed, network);
  const isListed = ({ address, family }: LookupAddress): boolean => listed.check(address, familyName(family));
  const isPermitted = (address: LookupAddress): boolean =>
    isListed(address) || !notPublic.check(address.address, familyName(address.family));

  const lookupWhere =
    (permits: (address: LookupAddress) => boolean): LookupFunction =>
    (name, options, done) => {
      resolve(name, (error, addresses) => {
        const [first] = addresses;
        if (error !== null || first === undefined) {
          done(error ?? new Error('The name has no address.'), '', 0);
        } else if (!addresses.every(permits)) {
          done(new AddressNotPermitted(), '', 0);
        } else if (options.all === true) {
          done(null, [...addresses]);
        } else {
          done(null, first.address, first.family);
        }
      });
    };

  return {
    lookup: lookupWhere(isPermitted),
    lookupPlain: lookupWhere(isListed),

    whyNot(url) {
      if (!URL.canParse(url)) return 'Enter a whole web address, such as https://example.gov/webhooks.';
      const { protocol, hostname, username, password, hash } = new URL(url);
      const plain = protocol === 'http:' && networks.length > 0;
      if (protocol !== 'https:' && !plain) return 'The web address must begin with https://.';
      if (username !== '' || password !== '') {
        return 'The web address must not hold a name or a password. Use a bearer token.';
      }
      if (hash !== '') return 'The web address must not hold a #.';
      // A name is resolved when it is connected to; an address is not looked up then, so it is judged here and there.
      const address = hostname.replace(/^\[(.*)\]$/, '$1');
      const family = isIP(address);
      if (family === 0) return undefined;
      const permits = plain ? isListed : isPermitted;
      return permits({ address, family }) ? undefined : new AddressNotPermitted().message;
    },
  };
}

/** Whether a text is a network in CIDR notation, or one address. */
export function isNetwork(text: string): boolean {
  try {
    addNetwork(new BlockList(), text);
    return true;
  } catch {
    return false;
  }
}

function resolveAll(
  name: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
): void {
  resolveName(name, { all: true }, (error, addresses) => done(error, addresses ?? []));
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  if (family === 0) throw new Error(`"${network}" is not a network.`);
  list.addSubnet(address, bits === undefined ? (family === 4 ? 32 : 128) : Number(bits), familyName(family));
}

function familyName(family: number | string): 'ipv4' | 'ipv6' {
  return family === 6 || family === 'IPv6' ? 'ipv6' : 'ipv4';
}

/**
 * The special-purpose registries of IANA (RFC 6890, and its registries as of 2026) less what is globally reachable, and
 * what carries an IPv4 address inside: 6to4, Teredo, NAT64.
 */
const notPublic = new BlockList();
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
]) {
  addNetwork(notPublic, network);
}
