/**
 * Casework: what citizens asked for becomes a case, which caseworkers find, give to one another, write notes on and decide,
 * once; the applicant is told. It also hands a person everything that is held on them, and erases it when its time is up.
 */
export { openCase, type Answer } from './cases.ts';
export { eraseExpired, type Erased } from './erasure.ts';
export { subjectAccessPage } from './pages/subject-access-pages.ts';
export { createCaseworkPart } from './part.ts';
