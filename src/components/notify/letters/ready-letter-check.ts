import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { readPostalAddress } from '../postal-address.ts';
import { addressWindow, mostPages, pageSize, printMargin, toPoints } from './sheet.ts';

/** Why a PDF cannot be sent as a letter: codes as GOV.UK Notify gives them, with what to do. */
export type LetterFault =
  | 'unable-to-read-the-file'
  | 'letter-too-long'
  | 'letter-not-a4-portrait-oriented'
  | 'address-is-empty'
  | 'address-cannot-be-read'
  | 'content-outside-printable-area';

/** What was found in a PDF that a department made itself. */
export type ReadyLetter =
  | { readonly pages: number; readonly address: readonly string[]; readonly postage: 'europe' | 'rest-of-world' | null }
  | { readonly fault: LetterFault; readonly words: string; readonly pages: number | null };

/** A printer's sheet may differ by so much. */
const sizeTolerance = toPoints(2);

/**
 * Checks a PDF that is to be printed as it is: its size, its pages, that the address can be read in the window of the
 * envelope, and that no text stands where nothing is printed. Drawings and pictures are not looked at.
 */
export async function checkReadyLetter(pdf: Buffer): Promise<ReadyLetter> {
  const task = getDocument({ data: new Uint8Array(pdf), useSystemFonts: false, verbosity: 0 });
  try {
    return await check(await task.promise);
  } catch {
    return fault('unable-to-read-the-file', 'The file cannot be read. Send a PDF without a password.', null);
  } finally {
    await task.destroy();
  }
}

async function check(document: PDFDocumentProxy): Promise<ReadyLetter> {
  const pages = document.numPages;
  if (pages > mostPages) {
    return fault('letter-too-long', `The letter has ${pages} pages. Send at most ${mostPages}.`, pages);
  }
  const address: { text: string; x: number; top: number }[] = [];
  for (let number = 1; number <= pages; number += 1) {
    const page = await document.getPage(number);
    const { width, height } = page.getViewport({ scale: 1 });
    if (Math.abs(width - pageSize.width) > sizeTolerance || Math.abs(height - pageSize.height) > sizeTolerance) {
      const words = `Page ${number} is not A4 in portrait. Make every page 210 mm wide and 297 mm high.`;
      return fault('letter-not-a4-portrait-oriented', words, pages);
    }
    const { items } = await page.getTextContent();
    for (const item of items) {
      if (!('str' in item) || item.str.trim() === '') continue;
      const [, , , scale = 0, x = 0, y = 0] = item.transform.map(Number);
      const top = height - y - Math.abs(scale);
      const right = x + item.width;
      const isOutside = x < printMargin || right > width - printMargin || top < printMargin || y < printMargin;
      if (isOutside) {
        const words = `Text on page ${number} is nearer than 5 mm to the edge, where nothing is printed. Move it in.`;
        return fault('content-outside-printable-area', words, pages);
      }
      if (number === 1 && isInWindow({ x, right, top, bottom: height - y })) address.push({ text: item.str, x, top });
    }
  }
  return readWindow(address, pages);
}

function isInWindow(box: { x: number; right: number; top: number; bottom: number }): boolean {
  return (
    box.x >= addressWindow.left - 2 &&
    box.right <= addressWindow.right + 2 &&
    box.top >= addressWindow.top - 4 &&
    box.bottom <= addressWindow.bottom + 4
  );
}

/** What stands at one height is one line. */
function readWindow(found: readonly { text: string; x: number; top: number }[], pages: number): ReadyLetter {
  const lines: { top: number; parts: { text: string; x: number }[] }[] = [];
  for (const { text, x, top } of found.toSorted((one, other) => one.top - other.top)) {
    const line = lines.at(-1);
    if (line !== undefined && Math.abs(line.top - top) < 3) line.parts.push({ text, x });
    else lines.push({ top, parts: [{ text, x }] });
  }
  const written = lines.map(({ parts }) =>
    parts
      .toSorted((one, other) => one.x - other.x)
      .map(({ text }) => text)
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
  if (written.length === 0) {
    const words =
      'There is no address in the window of the envelope: 24.6 to 120 mm from the left, 39.5 to 66.3 mm from the top.';
    return fault('address-is-empty', words, pages);
  }
  const address = readPostalAddress(written, { abroad: true });
  if ('wrong' in address) return fault('address-cannot-be-read', `${address.wrong}.`.replace(/\.\.$/, '.'), pages);
  const { destination } = address;
  const postage = destination === 'europe' || destination === 'rest-of-world' ? destination : null;
  return { pages, address: address.lines, postage };
}

function fault(code: LetterFault, words: string, pages: number | null): ReadyLetter {
  return { fault: code, words, pages };
}
