import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openBrowser } from '../../../../testing/browser.ts';
import { createPlace } from '../../../../testing/running-program.ts';
import { makeWorkbook } from '../../../../testing/workbook.ts';

const place = await createPlace();
const [browser] = await Promise.all([openBrowser(), place.start()]);
after(() => browser.close());

test('a spreadsheet that was never seen before is mapped by a person in a few clicks, without JavaScript', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  const heading = (name: string): Promise<void> => page.getByRole('heading', { name, level: 1 }).waitFor();
  const countOf = (label: string): Promise<string> =>
    page.locator('.commonhold-figures__item', { hasText: label }).locator('dd').first().innerText();
  await page.goto(`${place.address}/staff`);
  await page.getByRole('button', { name: 'Sign in as Oriel Tandy' }).click();
  await heading('Your work');

  await page.goto(`${place.address}/staff/estate/imports`);
  await heading('Import a table');
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('link', { name: 'Select what the file holds' }).waitFor();
  await page.getByLabel('Systems', { exact: true }).check();
  const sheet = {
    name: 'what we run.xlsx',
    mimeType: 'application/octet-stream',
    buffer: makeWorkbook([
      ['Things we run, as of this spring'],
      ['Nr', 'Programme', 'Ministry', 'People who work with it', 'Spend p.a.', 'State'],
      ['7', 'Lamp inspections', 'Ministry of Light', 55, 120_000, 'Live'],
      ['8', 'Wick orders', 'Ministry of Light', 12, 8000, 'Live'],
      ['9', 'Oil stocks', 'Ministry of Light', -4, 9000, 'Live'],
    ]),
  };
  await page.getByLabel('File').setInputFiles(sheet);
  await page.getByRole('button', { name: 'Upload' }).click();

  await heading('Which column is what?');
  const chosen = (column: string): Promise<string> =>
    page.getByLabel(column, { exact: true }).locator('option:checked').innerText();
  assert.equal(await chosen('Ministry'), 'Department (needed)', 'a word for departments is recognised');
  assert.equal(await chosen('State'), 'Lifecycle');
  assert.equal(await chosen('Programme'), 'Nothing that is needed here', 'what nobody can know is left to the person');
  await page.getByRole('button', { name: 'Import 3 rows' }).click();
  await page.getByRole('link', { name: 'Choose the column for Name of the system.' }).click();
  await page.getByLabel('Programme', { exact: true }).selectOption('Name of the system (needed)');
  await page.getByLabel('People who work with it').selectOption('Users');
  await page.getByLabel('Spend p.a.').selectOption('Cost a year, if it is not split');
  await page.getByRole('button', { name: 'Import 3 rows' }).click();

  await page.getByRole('heading', { level: 1, name: /Import/ }).waitFor();
  for (let tries = 0; tries < 50; tries += 1) {
    const again = page.getByRole('link', { name: 'See how far it is now' });
    if ((await again.count()) === 0) break;
    await page.waitForTimeout(200);
    await again.click();
  }
  await heading('Imported');
  assert.equal(await countOf('Added'), '2');
  assert.equal(await countOf('Aside'), '1');

  await page.getByRole('link', { name: 'Row 5' }).click();
  await heading('Mend row 5');
  await page.getByLabel('Users').fill('4');
  await page.getByRole('button', { name: 'Take this row' }).click();
  await heading('Imported');
  await page.getByText('Every row was taken.').waitFor();

  // The next file with these columns needs no choosing at all.
  await page.getByRole('link', { name: 'Import another table' }).click();
  await page.getByLabel('Systems', { exact: true }).check();
  await page.getByLabel('File').setInputFiles(sheet);
  await page.getByRole('button', { name: 'Upload' }).click();
  await heading('Which column is what?');
  assert.equal(await chosen('Programme'), 'Name of the system (needed)');
  assert.equal(await chosen('People who work with it'), 'Users');
  await context.close();
});
