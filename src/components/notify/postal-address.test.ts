import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPostalAddress, readPostcode } from './postal-address.ts';

test('an address in the United Kingdom ends with its postcode, however it was written', () => {
  assert.deepEqual(readPostalAddress(['Ada Price', ' 1  High Street , ', '', 'sw1a1aa', 'United Kingdom']), {
    lines: ['Ada Price', '1 High Street', 'SW1A 1AA'],
    destination: 'uk',
  });
});

test('an address abroad ends with its country, where letters may go abroad', () => {
  const lines = ['Ada Price', '1 Rue Haute', '75001 Paris', 'france'];
  assert.deepEqual(readPostalAddress(lines, { abroad: true }), {
    lines: ['Ada Price', '1 Rue Haute', '75001 Paris', 'France'],
    destination: 'europe',
  });
  assert.deepEqual(readPostalAddress(lines), { wrong: 'Must be a real UK postcode' });
  const distant = readPostalAddress(['Ada', '1 Long Road', 'USA'], { abroad: true });
  assert.ok('destination' in distant && distant.destination === 'rest-of-world');
});

test('a forces address ends with its number', () => {
  assert.deepEqual(readPostalAddress(['Cpl Price', 'bfpo 0105', 'A Company', 'bf1 1aa']), {
    lines: ['Cpl Price', 'A Company', 'BF1 1AA', 'BFPO 105'],
    destination: 'bfpo',
  });
});

test('what is wrong is said in the words of GOV.UK Notify', () => {
  const cases: [string[], string][] = [
    [['A', 'SW1A 1AA'], 'Address must be at least 3 lines'],
    [['A', 'B', 'C', 'D', 'E', 'F', 'G', 'SW1A 1AA'], 'Address must be no more than 7 lines'],
    [['A', 'B', 'C'], 'Must be a real UK postcode'],
    [['A', 'B', 'QQ1 1AA'], 'Must be a real UK postcode'],
  ];
  for (const [lines, wrong] of cases) assert.deepEqual(readPostalAddress(lines), { wrong });
  assert.ok('wrong' in readPostalAddress(['(A)', 'B', 'SW1A 1AA']));
  assert.ok('wrong' in readPostalAddress(['A', 'No fixed abode', 'SW1A 1AA']));
});

test('postcodes are of a real area and a possible shape', () => {
  for (const good of ['SW1A 1AA', 'm11ae', 'JE2 3AB', 'ec1v9bd']) {
    assert.notEqual(readPostcode(good), null, good);
  }
  for (const bad of ['', 'SW1A 1A', 'ZZ1 1AA', 'SW1A 1CI', '1AA SW1', 'SW1A 1AAA'])
    assert.equal(readPostcode(bad), null, bad);
});

test('whatever is written, an address has three to seven tidy lines or is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('SW1A 1AA', 'France', 'UK', 'BFPO 1', '')), { maxLength: 10 }),
      (lines) => {
        const address = readPostalAddress(lines, { abroad: true });
        if ('wrong' in address) return;
        assert.ok(address.lines.length >= 3 && address.lines.length <= 7);
        for (const line of address.lines) assert.equal(line, line.trim());
        const again = readPostalAddress(address.lines, { abroad: true });
        assert.ok(!('wrong' in again));
        assert.equal(again.destination, address.destination);
      },
    ),
  );
});
