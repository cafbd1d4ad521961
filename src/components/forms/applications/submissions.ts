import { sql } from 'kysely';
import { openCase } from '#casework';
import type { Answer as CaseAnswer } from '#casework';
import { recordTransaction } from '#measures';
import { sendEmail } from '#notify';
import type { Service } from '#organisations';
import {
  findFiles,
  fingerprintEmail,
  forgetFiles,
  hashToken,
  newId,
  newReference,
  prepareInsert,
  sealedPlace,
  together,
} from '#platform';
import type { Database, Keyring, Scope, Tx } from '#platform';
import { emailOf, gatherApplications, isTrying, lockApplication, removeApplication } from './applications.ts';
import { everything, findApplication } from './steps.ts';
import type { Holder } from './applications.ts';
import { contentFor } from '../versions/compile.ts';
import type { AnsweredPage, CompiledPage, ItemLabel, Journey, Place } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import type { DB } from '../tables.generated.ts';
import type { Answers, Json, UploadedFile } from '../definition/form.ts';
import { filesOf } from '../questions/file-upload.ts';
import type { Mistake, Posted } from '../questions/questions.ts';
import { gatherPrefills } from '../prefill/prefills.ts';
import { handOverFiles, ownedBySubmission } from '../uploads/uploads.ts';
import { queueHandingOver } from '../outputs/queue.ts';
import { knownVersion } from '../versions/versions.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { wordsOf } from '../words/words.ts';

/** What is sealed in a submission: what the person was asked, in the words of their version, and what they answered. */
export interface SubmittedForm {
  form: string;
  questions: SubmittedQuestion[];
  /** What the form itself says after sending, as this person is to read it; left out where it says nothing. */
  confirmation?: Confirmation;
}

export interface Confirmation {
  /** Empty where the page's own title is to stand. */
  title: string;
  /** Safe HTML. */
  html: string;
}

export interface SubmittedQuestion {
  key: string;
  question: string;
  lines: string[];
  value: Json;
  /** Which of the things that were added it was asked about, the outermost first; left out where it was asked once. */
  items?: ItemLabel[];
}

/** What became of sending: the reference; or the page that still has to be answered; or what is wrong on the last page. */
export type Sending =
  | { done: true; reference: string; emailed: boolean }
  | { done: false; unanswered: Place | null; mistakes: readonly Mistake[] };

/**
 * Sends an application: the submission, its case, the confirmation by e-mail and the counted transaction are committed
 * together. Sent again, by a double click, the back button or a retry, it answers with the same reference and does nothing.
 *
 * @returns null if the holder has no such application.
 */
export async function submitApplication(
  tx: Tx,
  {
    keyring,
    service,
    form,
    holder,
    posted,
    now,
    language = form.compiled.form.language,
  }: {
    keyring: Keyring;
    service: Service;
    form: PublishedForm;
    holder: Holder;
    /** The answers to the questions on check your answers, as posted. */
    posted: Posted;
    /** Date and time, `2026-04-01T09:30`. */
    now: string;
    /** In which the person is written to. The caseworker reads the form's own. */
    language?: string;
  },
): Promise<Sending | null> {
  const { compiled } = form;
  const [, application] = await together([
    lockApplication(tx, holder),
    findApplication(tx, keyring, service.id, holder, everything),
  ]);
  if (!application) return null;
  if (application.submissionId !== null) {
    const sent = await getSent(tx, application.submissionId);
    return { done: true, ...sent };
  }
  const journey = compiled.journey(application.saved, now);
  const unanswered = journey.firstUnanswered();
  if (unanswered) return { done: false, unanswered, mistakes: [] };
  const answered = journey.answeredPages();
  let answers = journey.relevantAnswers();
  if (compiled.summary) {
    const last = journey.readPage(compiled.summary, posted);
    if (last.mistakes.length > 0) return { done: false, unanswered: null, mistakes: last.mistakes };
    answers = { ...answers, ...last.answers };
    answered.push(answeredOn(compiled.summary, last.answers));
  }
  const files = filesIn(answered);
  const ids = files.map(({ id }) => id);
  const kept = ids.length === 0 ? [] : await findFiles(tx, keyring, ids);
  const states = new Map(kept.map(({ id, state }) => [id, state]));
  for (const { page, key, questions } of answered) {
    const isFine = ({ id }: UploadedFile): boolean => (states.get(id) ?? 'infected') !== 'infected';
    if (questions.every(({ answer }) => filesOf(answer).every(isFine))) continue;
    return { done: false, unanswered: { page, key }, mistakes: [] };
  }
  if (isTrying(holder)) {
    await removeApplication(tx, application.id);
    return { done: true, reference: '', emailed: false };
  }
  const { confirmation: after } = compiled;
  const email = emailOf([...compiled.pages, ...(compiled.summary ? [compiled.summary] : [])], answers);
  const shown = describeAnswers(answered);
  const submissionId = newId();
  const reference = await insertSubmission(tx, {
    keyring,
    submissionId,
    service,
    form,
    applicationId: application.id,
    content: {
      form: compiled.form.name || service.name,
      questions: shown,
      ...(after ? { confirmation: confirmationFor(after, journey) } : {}),
    },
    email,
  });
  const confirmation = {
    serviceId: service.id,
    template: wordsOf(language).emails['application received'],
    personalisation: {
      service: service.name,
      reference,
      department: service.organisationName,
      contact: service.contact,
    },
    reference,
  };
  await together([
    closeApplication(tx, application.id, submissionId),
    handOverFiles(tx, { applicationId: application.id, submissionId, ids }),
    openCase(tx, keyring, {
      serviceId: service.id,
      submissionId,
      reference,
      title: compiled.form.name || service.name,
      answers: answersOfCase(answered),
      applicantEmail: email,
    }),
    queueHandingOver(tx, service.id, submissionId),
    ...(email === null ? [] : [sendEmail(tx, keyring, { ...confirmation, to: email })]),
    recordTransaction(tx, {
      serviceId: service.id,
      transactionId: application.id,
      event: 'completed',
      channel: 'digital',
    }),
  ]);
  return { done: true, reference, emailed: email !== null };
}

/** What the confirmation page says of an application: nothing was sent yet, or under which reference; null where the holder has none. */
export async function findSent(
  database: Database,
  service: Service,
  holder: Holder,
): Promise<{ sent: { submissionId: string; reference: string; emailed: boolean } | null } | null> {
  const [row] = await database.find<{ submission_id: string | null; reference: string; emailed: boolean }>(
    'select * from forms.find_sent($1, $2, $3, $4, $5)',
    [service.organisationId, holder.id, service.id, holder.version, hashToken(holder.secret)],
  );
  if (!row) return null;
  const { submission_id: submissionId, reference, emailed } = row;
  return { sent: submissionId === null ? null : { submissionId, reference, emailed } };
}

/** What the form of a submission itself says after sending; null where it says nothing, or the submission was erased. */
export async function findConfirmation(
  database: Database,
  scope: Scope,
  {
    keyring,
    service,
    submissionId,
    version,
  }: { keyring: Keyring; service: Service; submissionId: string; version: number },
): Promise<Confirmation | null> {
  const known = knownVersion(service.organisationId, service.id, version);
  if (known && known.compiled.confirmation === null) return null;
  return database.transact(scope, async (tx) => {
    const row = await formsTables(tx)
      .selectFrom('submissions')
      .select('sealed')
      .where('organisation_id', '=', tx.organisationId)
      .where('service_id', '=', service.id)
      .where('id', '=', submissionId)
      .executeTakeFirst();
    return row?.sealed ? (unseal(tx, keyring, submissionId, row.sealed).confirmation ?? null) : null;
  });
}

/** What the confirmation page says of a submission. */
export async function getSent(tx: Tx, submissionId: string): Promise<{ reference: string; emailed: boolean }> {
  const row = await formsTables(tx)
    .selectFrom('submissions')
    .select(['reference', 'email_fingerprint'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', submissionId)
    .executeTakeFirstOrThrow();
  return { reference: row.reference, emailed: row.email_fingerprint !== null };
}

/** A submission as it is downloaded. */
export interface ExportedSubmission extends Pick<SubmittedForm, 'form' | 'questions'> {
  reference: string;
  version: number;
  submittedAt: string;
}

/**
 * The submissions of a service that were not erased, oldest first.
 *
 * @param after id of the last submission of the batch before.
 */
export async function exportSubmissions(
  tx: Tx,
  keyring: Keyring,
  { serviceId, after, most = 500 }: { serviceId: string; after?: string; most?: number },
): Promise<(ExportedSubmission & { id: string })[]> {
  let query = formsTables(tx)
    .selectFrom('submissions')
    .select(['id', 'reference', 'version', 'submitted_at', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('sealed', 'is not', null);
  if (after !== undefined) query = query.where('id', '>', after);
  const rows = await query.orderBy('id').limit(most).execute();
  return rows.flatMap((row) =>
    row.sealed
      ? [
          {
            id: row.id,
            reference: row.reference,
            version: row.version,
            submittedAt: row.submitted_at,
            ...openSubmission(tx, keyring, row.id, row.sealed),
          },
        ]
      : [],
  );
}

/** One submission of a service, or null if there is none, or it was erased. */
export async function findSubmission(
  tx: Tx,
  keyring: Keyring,
  { serviceId, submissionId }: { serviceId: string; submissionId: string },
): Promise<ExportedSubmission | null> {
  const row = await formsTables(tx)
    .selectFrom('submissions')
    .select(['reference', 'version', 'submitted_at', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('id', '=', submissionId)
    .executeTakeFirst();
  if (!row?.sealed) return null;
  return {
    reference: row.reference,
    version: row.version,
    submittedAt: row.submitted_at,
    ...openSubmission(tx, keyring, submissionId, row.sealed),
  };
}

/** Everything this part holds on the person with an e-mail address: what they sent and what they have begun. */
export async function gatherPersonalData(
  tx: Tx,
  keyring: Keyring,
  email: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = await formsTables(tx)
    .selectFrom('submissions')
    .select(['id', 'reference', 'submitted_at', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('email_fingerprint', '=', fingerprintEmail(keyring, email))
    .orderBy('id')
    .execute();
  const sent = rows.flatMap((row) =>
    row.sealed
      ? [
          {
            kind: 'submission',
            reference: row.reference,
            submittedAt: row.submitted_at,
            ...openSubmission(tx, keyring, row.id, row.sealed),
          },
        ]
      : [],
  );
  return [...sent, ...(await gatherApplications(tx, keyring, email)), ...(await gatherPrefills(tx, keyring, email))];
}

/** Erases what was sent under these references of a service. Says how many were erased now. */
export async function eraseSubmissions(tx: Tx, serviceId: string, references: readonly string[]): Promise<number> {
  if (references.length === 0) return 0;
  const erased = await formsTables(tx)
    .updateTable('submissions')
    .set({ sealed: null, email_fingerprint: null, erased_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('reference', 'in', [...references])
    .where('erased_at', 'is', null)
    .returning('id')
    .execute();
  for (const { id } of erased) await forgetFiles(tx, ownedBySubmission(id));
  return erased.length;
}

async function insertSubmission(
  tx: Tx,
  {
    keyring,
    submissionId,
    service,
    form,
    applicationId,
    content,
    email,
  }: {
    keyring: Keyring;
    submissionId: string;
    service: Service;
    form: PublishedForm;
    applicationId: string;
    content: SubmittedForm;
    email: string | null;
  },
): Promise<string> {
  const place = sealedPlace('forms.submissions.sealed', tx.organisationId, submissionId);
  const sealed = keyring.seal(place, JSON.stringify(content));
  for (;;) {
    const reference = newReference();
    const [row] = await insertRow(tx, {
      organisation_id: tx.organisationId,
      id: submissionId,
      service_id: service.id,
      form_id: form.formId,
      version: form.number,
      application_id: applicationId,
      reference,
      channel: 'digital',
      sealed,
      email_fingerprint: email === null ? null : fingerprintEmail(keyring, email),
    });
    if (row) return row.reference;
  }
}

/** A reference that is taken is drawn again. The application cannot have been sent: it is locked. */
const insertRow = prepareInsert<DB, 'submissions', 'reference'>(
  'forms',
  'submissions',
  'on conflict (organisation_id, reference) do nothing returning reference',
);

/** Nothing of an application is left but that it was sent: what it was made of is in the submission. */
async function closeApplication(tx: Tx, applicationId: string, submissionId: string): Promise<void> {
  await tx.rows(
    `with sent as (
       update forms.applications set submission_id = $3 where organisation_id = $1 and id = $2),
     used as (
       delete from forms.prefills where organisation_id = $1 and application_id = $2),
     saved as (
       delete from forms.saved_applications where organisation_id = $1 and application_id = $2)
     delete from forms.answers where organisation_id = $1 and application_id = $2`,
    [tx.organisationId, applicationId, submissionId],
  );
}

function confirmationFor(page: CompiledPage, journey: Journey): Confirmation {
  return { title: page.page.title === '' ? '' : journey.fit(page).title, html: contentFor(journey, page) };
}

function answeredOn(page: CompiledPage, answers: Answers): AnsweredPage {
  return {
    page,
    key: page.slug,
    items: [],
    added: null,
    questions: page.questions.map((question) => ({ question, answer: answers[question.question.key] ?? null })),
  };
}

function filesIn(answered: readonly AnsweredPage[]): UploadedFile[] {
  return answered.flatMap(({ questions }) => questions.flatMap(({ answer }) => filesOf(answer)));
}

function describeAnswers(answered: readonly AnsweredPage[]): SubmittedForm['questions'] {
  return answered.flatMap(({ questions, items }) =>
    questions.map(({ question: asked, answer }) => ({
      key: asked.question.key,
      question: asked.question.shortTitle ?? asked.question.title,
      lines: answer === null ? [] : asked.lines(answer),
      value: answer === null ? null : asked.exported(answer),
      ...(items.length > 0 ? { items: [...items] } : {}),
    })),
  );
}

/** What the caseworker reads, with the files that can be opened from there. */
function answersOfCase(answered: readonly AnsweredPage[]): CaseAnswer[] {
  return answered.flatMap(({ questions, items }) =>
    questions.map(({ question: asked, answer }) => {
      const files = filesOf(answer).map(({ id }) => id);
      return {
        // "Dog 2: Name".
        question: [...items, { title: asked.question.shortTitle ?? asked.question.title }]
          .map(({ title }) => title)
          .join(': '),
        answer: answer === null ? [] : asked.lines(answer),
        ...(files.length > 0 ? { files } : {}),
      };
    }),
  );
}

/** What is read and passed on of a submission. */
function openSubmission(
  tx: Tx,
  keyring: Keyring,
  submissionId: string,
  sealed: Buffer,
): Pick<SubmittedForm, 'form' | 'questions'> {
  const { form, questions } = unseal(tx, keyring, submissionId, sealed);
  return { form, questions };
}

function unseal(tx: Tx, keyring: Keyring, submissionId: string, sealed: Buffer): SubmittedForm {
  const place = sealedPlace('forms.submissions.sealed', tx.organisationId, submissionId);
  return JSON.parse(keyring.open(place, sealed).toString());
}
