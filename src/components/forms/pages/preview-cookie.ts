import type { Service } from '#organisations';

/** The cookie of an application that only tries a draft: beside the one of a real application, which waits meanwhile. */
export const previewCookie = (service: Service): string => `preview_${service.id.slice(-12)}`;

/** Said on every page while a draft is tried. */
export const previewNotice = {
  type: 'information',
  heading: 'You are trying a draft',
  text: 'Nothing is sent. What you type is removed at the end, or after a day.',
} as const;
