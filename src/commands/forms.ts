import { readFileSync } from 'node:fs';
import { checkDefinition, describeCheck, readDefinitionText, writeDefraV2 } from '#forms';
import { bareCommand, UsageProblem, type Options, type Words } from './command.ts';

/** `forms check FILE...` and `forms convert FILE`. */
export function runForms([action = '', ...files]: Words, { json: asJson }: Options): void {
  const json = asJson === true;
  if (action === 'check') checkForms(files, json);
  else if (action === 'convert' && files.length === 1) convertForm(files[0] ?? '');
  else
    throw new UsageProblem(
      `There is no "forms ${action}" of ${files.length} files. Use: ${bareCommand} forms check FILE... [--json], or ${bareCommand} forms convert FILE`,
    );
}

function checkForms(files: readonly string[], json: boolean): void {
  const today = new Date().toISOString().slice(0, 10);
  const checks = files.map((file) => ({ file, ...checkDefinition(readGiven(file), today) }));
  if (json) console.log(JSON.stringify(checks, null, 2));
  else for (const { file, ...check } of checks) for (const line of describeCheck(file, check)) console.log(line);
  if (checks.some(({ imported, completed }) => !imported || !completed)) process.exitCode = 1;
}

function convertForm(file: string): void {
  const { form, problems } = readDefinitionText(readGiven(file));
  for (const { pointer, message, severity } of problems) {
    if (severity === 'error') console.error(`${file}, at ${pointer || 'the start'}: ${message}`);
  }
  if (!form) {
    process.exitCode = 1;
    return;
  }
  const { definition, losses } = writeDefraV2(form);
  for (const loss of losses) console.error(`${file}: ${loss}`);
  console.log(JSON.stringify(definition, null, 2));
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageProblem(`The file ${file} cannot be read: ${reason}.`, { cause: error });
  }
}
