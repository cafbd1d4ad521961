import { Type } from 'typebox';

/** What the operators' pages of providers have in common. */

export const config = { access: { who: 'staff', roles: ['platform operator'], over: 'government' } } as const;
export const providersAddress = '/staff/operations/providers';
export const field = Type.Optional(Type.String({ maxLength: 8000 }));
export const ofProvider = Type.Object({ providerId: Type.String({ format: 'uuid' }) });

export const wrongOrder = { href: '#priority', text: 'Enter a whole number from 1 to 99, such as 10' };

/** Whether a text is a place in the order in which providers are asked. */
export function isOrder(text: string): boolean {
  const order = Number(text.trim());
  return text.trim() !== '' && Number.isInteger(order) && order >= 1 && order <= 99;
}
