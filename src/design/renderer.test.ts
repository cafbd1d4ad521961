import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { components, createRenderer, csrfField, errorFor, type PageData } from './index.ts';

const look = { governmentName: 'Government of Alder', colour: '#1a4d5c', contactEmail: 'help@alder.example' };
const renderer = createRenderer({ look, views: { gallery: join(import.meta.dirname, 'gallery') } });
const service = { name: 'Apply for a street trading licence', href: '/services/street-trading' };
const attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'';

await test('whatever a page is given stands in it as text, wherever it stands', () => {
  const page = renderer.renderContent('<h1>Hello</h1>', {
    title: attack,
    backLink: `/${attack}`,
    errors: [{ href: `#${attack}`, text: attack }],
    language: attack,
    service: { name: attack, href: `/${attack}`, phase: 'beta', feedback: attack },
    person: { name: attack },
    navigation: [{ text: attack, href: attack, current: true }],
    csrfToken: attack,
    notice: { heading: attack, text: attack },
  });
  assert.ok(!page.includes('<script>alert'));
  assert.ok(!page.includes('<img'));
  assert.deepEqual(strayScriptsAndStyles(page), []);
  assert.ok(page.includes('&lt;script&gt;'));
});

await test('breadcrumbs are text too', () => {
  const page = renderer.renderContent('', { title: 'A', breadcrumbs: [{ text: attack, href: attack }] });
  assert.ok(!page.includes('<script>alert'));
});

await test('a name that looks like the layout’s own marks is only a name', () => {
  const page = renderer.renderContent('THE CONTENT', {
    title: 'A',
    service: { name: '00000000-0000-0000-0000-000000000000:main:', href: '/' },
  });
  assert.equal(page.split('THE CONTENT').length, 2);
});

await test('text that a string replacement would take for a pattern stays as it is', () => {
  assert.ok(renderer.renderContent("$& $1 $' costs", { title: '$&' }).includes("$& $1 $' costs"));
});

await test('a page with a mistake says so first in its title, and names each mistake with a link to its field', () => {
  const data: PageData = { title: 'What is your name?', service, errors: [{ href: '#name', text: 'Enter your name' }] };
  const page = renderer.renderContent('', data);
  assert.match(page, /<title>Error: What is your name\? - Apply for a street trading licence<\/title>/);
  assert.match(page, /There is a problem/);
  assert.match(page, /<a href="#name">Enter your name<\/a>/);
  assert.deepEqual(errorFor(data.errors, 'name'), { text: 'Enter your name' });
  assert.equal(errorFor(data.errors, 'other'), undefined);
});

await test('a page without a mistake has a plain title, ending with the service or else the government', () => {
  assert.match(renderer.renderContent('', { title: 'Hello', service }), /<title>Hello - Apply for a street/);
  const page = renderer.renderContent('', { title: 'Hello' });
  assert.match(page, /<title>Hello - Government of Alder<\/title>/);
  assert.ok(!page.includes('There is a problem'));
});

await test('no page has a script or a style within it', () => {
  const pages = [
    renderer.render('gallery/work-list', { title: 'Cases', wide: true, person: { name: 'Amara Okafor' } }),
    renderer.render('gallery/case', { title: 'Case', wide: true, csrfToken: 'token' }),
    renderer.render('design/cookies', { title: 'Cookies' }),
    renderer.render('design/privacy', { title: 'Privacy' }),
    renderer.render('design/accessibility', { title: 'Accessibility' }),
    renderer.render('design/problem', { title: 'Sorry', message: 'Try again', status: 500, requestId: '7' }),
  ];
  for (const page of pages) assert.deepEqual(strayScriptsAndStyles(page), []);
});

await test('someone who is signed in can sign out by a form that other sites cannot send', () => {
  const page = renderer.renderContent('', { title: 'Staff', person: { name: 'Amara Okafor' }, csrfToken: 'the-token' });
  assert.match(page, /Amara Okafor/);
  assert.match(page, /<form[^>]*method="post" action="\/staff\/sign-out">[\s\S]*value="the-token"[\s\S]*Sign out/);
  assert.ok(!renderer.renderContent('', { title: 'Start' }).includes('Sign out'));
});

await test('one person’s page never shows another’s name, token or mistakes, though the layout is kept', () => {
  const first = {
    title: 'A',
    person: { name: 'Amara' },
    csrfToken: 'token-a',
    errors: [{ href: '#a', text: 'Enter a' }],
  };
  renderer.renderContent('secret content', first);
  const page = renderer.renderContent('', { title: 'B', person: { name: 'Tom' }, csrfToken: 'token-b' });
  for (const word of ['Amara', 'token-a', 'Enter a', 'secret content']) assert.ok(!page.includes(word), word);
});

await test('views have the token’s field, the errors of fields, and formats', () => {
  const page = renderer.render('gallery/case', { title: 'Case', csrfToken: 'a"b' });
  assert.ok(page.includes(csrfField('a"b')));
  assert.ok(page.includes('name="_csrf" value="a&quot;b"'));
  assert.ok(page.includes('27 March 2027'));
  assert.ok(page.includes('£40.00'));
  assert.throws(
    () => renderer.render('gallery/nothing', { title: 'Nothing' }),
    /There is no view "gallery\/nothing\.njk"/,
  );
});

await test('components called as functions escape text, and print HTML as it is', () => {
  const html = components.input({ id: 'name', name: 'name', label: { text: attack }, value: attack });
  assert.ok(!html.includes('<script>'));
  assert.ok(!html.includes('value=""'));
  assert.ok(components.insetText({ html: '<b>bold</b>' }).includes('<b>bold</b>'));
  assert.ok(
    !components
      .workList({ caption: attack, head: [{ text: attack }], rows: [[{ text: attack }]] })
      .includes('<script>'),
  );
});

await test('lines of a long answer are not indented by the page that shows them', () => {
  const html = components.textarea({ id: 'a', name: 'a', label: { text: 'A' }, value: 'one\ntwo\n  three' });
  assert.ok(html.includes('>one\ntwo\n  three</textarea>'));
});

await test('a question page is rendered in well under a millisecond', () => {
  const data = { title: 'What is your name?', service, csrfToken: 'token', backLink: '/back' };
  const render = (): string =>
    renderer.renderContent(
      components.input({ id: 'name', name: 'name', label: { text: 'What is your name?' } }) +
        components.button({ text: 'Continue' }),
      data,
    );
  for (let i = 0; i < 1000; i += 1) render();
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    render();
    return performance.now() - start;
  }).toSorted((a, b) => a - b);
  // The middle, which a busy machine moves little. A quiet one takes 0.05 ms.
  assert.ok((times[100] ?? 1) < 0.5, `${times[100]} ms`);
});

/** Scripts without an address, styles, and attributes that hold either: all that the content security policy forbids. */
function strayScriptsAndStyles(page: string): string[] {
  const tags = page.match(/<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi) ?? [];
  return tags.filter((tag) => {
    const attributes = tag.replaceAll(/"[^"]*"/g, '""');
    return (
      /^<style/i.test(tag) ||
      (/^<script/i.test(tag) && !tag.includes(' src="/assets/')) ||
      /\s(?:style|on\w+)\s*=/i.test(attributes) ||
      /="\s*javascript:/i.test(tag)
    );
  });
}
