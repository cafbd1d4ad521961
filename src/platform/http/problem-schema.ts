import { Type } from 'typebox';

/** A problem as it is answered, for OpenAPI: RFC 9457, with the places of what was wrong. */
const problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ place: Type.String(), message: Type.String() }))),
});

/** An answer of a call that is a problem, for the schema of its route. */
export function problemAnswer(description: string) {
  return { description, content: { 'application/problem+json': { schema: problem } } };
}
