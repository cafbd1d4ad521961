/**
 * Departments in a tree, their services, the people who work on them and what each may do; mandates, by which one
 * organisation acts for another; API keys; signing in. Every other part asks this one whose a service is.
 */
export { createFrames, type Frame, type Frames } from './frames.ts';
export { createGatekeeper, isStaff } from './gatekeeper.ts';
export { grantMandate, withdrawMandate } from './mandates.ts';
export {
  createOrganisation,
  getOrganisation,
  listOrganisations,
  newOrganisationId,
  type Organisation,
} from './organisations.ts';
export { createOrganisationsPart, servicePages, organisationPages } from './part.ts';
export { addPerson, giveRole, listStaff } from './people.ts';
export type { Role } from './roles.ts';
export {
  changeService,
  createService,
  findService,
  getService,
  listServices,
  listServicesAcross,
  stateOf,
  type Service,
} from './services.ts';
export { createApiKey, isTeamAddress, listKeysInForce, revokeApiKey } from './api-keys.ts';
export { TokenRefusal, type TokenFault } from './tokens.ts';
export { createSession, createSignInLink, type SendCode } from './sign-in.ts';
