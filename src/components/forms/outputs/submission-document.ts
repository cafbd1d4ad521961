import type { Service } from '#organisations';
import type { Json } from '../definition/form.ts';
import type { ExportedSubmission } from '../applications/submissions.ts';

/**
 * A submission as other systems receive it: docs/guides/receiving-submissions.md. Fields may be added to a version of the
 * schema; what is there never changes its meaning.
 */
export interface SubmissionDocument {
  schema: 'commonhold.submission/1';
  reference: string;
  /** ISO 8601, UTC. */
  submittedAt: string;
  service: { id: string; name: string; slug: string; department: string };
  form: { name: string; version: number };
  answers: {
    /** The question's name in the form: the same for as long as it is the same question. */
    key: string;
    question: string;
    /** As a person reads it. */
    text: string[];
    /** As a program reads it; null where nothing was answered. */
    value: Json;
  }[];
}

/** Writes a submission as other systems receive it. */
export function writeSubmission(
  service: Pick<Service, 'id' | 'name' | 'slug' | 'organisationName'>,
  submission: ExportedSubmission,
): SubmissionDocument {
  return {
    schema: 'commonhold.submission/1',
    reference: submission.reference,
    submittedAt: new Date(submission.submittedAt).toISOString(),
    service: { id: service.id, name: service.name, slug: service.slug, department: service.organisationName },
    form: { name: submission.form, version: submission.version },
    answers: submission.questions.map(({ key, question, lines, value }) => ({ key, question, text: lines, value })),
  };
}
