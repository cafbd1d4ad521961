import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileForm } from '../versions/compile.ts';
import { readDefinition } from '../definition/definition.ts';
import { question } from '../definition/forms.fixture.ts';
import { wordsOf } from '../words/words.ts';
import { renderQuestionPage } from './question-page.ts';

/** The first page of an older form with one question whose title its page says already. */
function shown(title: string): string {
  const asked = question('UkAddressField', 'home', 'Home address', { options: { hideTitle: true, required: false } });
  const { form } = readDefinition({
    startPage: '/home',
    confirmation: null,
    fees: [],
    lists: [],
    sections: [],
    conditions: [],
    pages: [{ path: '/home', title, components: [asked], next: [] }],
  });
  const compiled = compileForm(form ?? assert.fail());
  const [page] = compiled.pages;
  return renderQuestionPage(page ?? assert.fail(), compiled.journey(new Map(), '2026-03-31'), {
    address: '/services/test',
    posted: {},
    mistakes: [],
    csrfToken: 'token',
    maySave: false,
    words: wordsOf('en'),
  });
}

test('a title that the form hides is only read out, and stands where the page would have none', () => {
  assert.match(shown('Where do you live?'), /<h1[^>]*>Where do you live\?<\/h1>/);
  assert.match(shown('Where do you live?'), /<legend class="[^"]*govuk-visually-hidden[^"]*">\s*Home address/);
  assert.match(shown(''), /<legend class="[^"]*fieldset__legend--l[^"]*">\s*<h1[^>]*>\s*Home address/);
});
