/**
 * Notify: messages to people, made from templates. A message is written in the transaction of whoever sends it, and a job
 * hands it to the mail server; where none is set, the outbox of the service shows what would have been sent.
 */
export { sendEmail, type Email } from './messages.ts';
export { createNotifyPart } from './part.ts';
export { addGuest } from './guests.ts';
export { recordPastMessages, type PastMessage, type PastOutcome } from './history.ts';
export { createCallbacks } from './callbacks/callbacks.ts';
export { addSender, archiveSender } from './senders.ts';
export { changeSendingSettings, type SendingSettings } from './sending-settings.ts';
export { recordReceivedText } from './received-texts.ts';
export { fetchTemplates, importTemplates } from './templates/import.ts';
export { archiveTemplate, createTemplate } from './templates/templates.ts';
