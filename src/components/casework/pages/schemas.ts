import { Type } from 'typebox';

/** The identifiers in the addresses of these pages. What is no UUID is no address of ours. */
const id = Type.String({ format: 'uuid' });
export const ofOrganisation = Type.Object({ organisationId: id });
export const ofService = Type.Object({ organisationId: id, serviceId: id });
export const ofCase = Type.Object({ organisationId: id, serviceId: id, caseId: id });
export const edge = Type.Optional(id);

/** A short field of a form or an address: text that may be missing, as browsers send it. */
export const field = Type.Optional(Type.String({ maxLength: 300 }));

/** What a person writes at length. Longer than may be kept, so that the page can say by how much. */
export const longField = Type.Optional(Type.String({ maxLength: 200_000 }));

export const newRecord = Type.String({ format: 'uuid' });
export const count = Type.String({ pattern: '^[0-9]{1,9}$' });
