import { Type } from 'typebox';

/** The identifiers in the addresses of staff pages. What is no UUID is no address of ours. */
const id = Type.String({ format: 'uuid' });
export const ofOrganisation = Type.Object({ organisationId: id });
export const ofService = Type.Object({ organisationId: id, serviceId: id });

/** What a page that was redirected to says has just been done: one of the words that the page knows. */
export const done = Type.Object({ done: Type.Optional(Type.String({ maxLength: 40 })) });

/** A field of a form: text that may be missing, as browsers send it. */
export const field = Type.Optional(Type.String({ maxLength: 5000 }));
