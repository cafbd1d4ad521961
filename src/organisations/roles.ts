/** What a person may do. Held over an organisation, or over one of its services. */
export type Role =
  'platform operator' | 'digital leader' | 'chief technology officer' | 'service manager' | 'caseworker' | 'auditor';

/** Each role with what it is for, as the page that gives roles says it. */
export const roles: Readonly<Record<Role, string>> = {
  'platform operator': 'takes departments on, connects providers and watches the whole',
  'digital leader': 'answers for an organisation’s services: sees their figures, gives mandates and roles',
  'chief technology officer': 'keeps the estate of technology, and plans what moves when',
  'service manager': 'runs a service: publishes its forms, manages its team, keys and settings',
  caseworker: 'decides what citizens asked for',
  auditor: 'reads the audit trail and what it points to, and changes nothing',
};

/** Roles that reach from an organisation to all those below it in the tree. */
export const rolesThatReachDown: readonly Role[] = [
  'platform operator',
  'digital leader',
  'chief technology officer',
  'auditor',
];

/** The names of the roles. */
export const roleNames = Object.keys(roles).filter(isRole);

export function isRole(text: string): text is Role {
  return Object.hasOwn(roles, text);
}
