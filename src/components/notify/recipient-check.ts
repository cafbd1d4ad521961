import type { Acceptance, Caller, SendRequest } from './acceptance.ts';
import { Refusal } from './api/refusals.ts';
import { isOfTeamOrGuest } from './guests.ts';
import type { KnownService } from './known-services.ts';
import { isAbroad, isSimulated, readEmailAddress, readPhoneNumber } from './recipients.ts';
import type { TemplateType } from './templates/templates.ts';

/**
 * Looks whether a service may send to a recipient; nothing is waited for where it may send to everybody.
 *
 * @throws Refusal where it may not.
 */
export function checkRecipient(
  acceptance: Acceptance,
  caller: Caller,
  { settings }: KnownService,
  { channel, to }: { channel: TemplateType; to: string },
): Promise<void> | undefined {
  const refuseAbroad = (): void => {
    if (channel === 'sms' && isAbroad(to) && !settings.mayTextAbroad) {
      throw new Refusal('BadRequestError', 'Cannot send to international mobile numbers');
    }
  };
  const isRestricted = caller.keyKind === 'team' || (caller.keyKind === 'live' && settings.trial);
  if (isRestricted && !isSimulated(to)) return refuseStranger(acceptance, caller, to).then(refuseAbroad);
  refuseAbroad();
  return undefined;
}

async function refuseStranger({ database, keyring }: Acceptance, caller: Caller, recipient: string): Promise<void> {
  const { serviceId } = caller;
  const isOurs = await database.transact(caller.scope, (tx) => isOfTeamOrGuest(tx, keyring, { serviceId, recipient }));
  if (!isOurs) throw refusalOfStranger(caller);
}

function refusalOfStranger({ keyKind }: Caller): Refusal {
  return new Refusal(
    'BadRequestError',
    keyKind === 'team'
      ? 'Can’t send to this recipient using a team-only API key'
      : 'Can’t send to this recipient when service is in trial mode',
  );
}

/** The recipient of a request, as a provider takes it. @throws Refusal where it is none. */
export function readRecipient({ channel, to: given }: Pick<SendRequest, 'channel' | 'to'>): string {
  const to = channel === 'email' ? readEmailAddress(given) : readPhoneNumber(given);
  if (to === null) throw new Refusal('ValidationError', `${channel} recipient is not valid`);
  return to;
}
