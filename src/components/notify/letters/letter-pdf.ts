import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import PdfDocument from 'pdfkit';
import { linesText, readBlocks, type Block } from '../templates/email-markdown.ts';
import { addressWindow, mostPages, pageSize, printMargin, toPoints } from './sheet.ts';

/** What a letter made from a template says. */
export interface LetterContent {
  /** The lines of the address, one below the other. */
  readonly address: string;
  /** Whom it is from: shown at the top right, and what answers go to. */
  readonly contactBlock: string | null;
  readonly subject: string;
  /** Markdown with its placeholders filled. */
  readonly body: string;
  /** When it was written, as it is printed, such as `25 November 2026`. */
  readonly date: string;
  /** ISO 8601: it stands in the file, so that the same letter is the same bytes. */
  readonly writtenAt: string;
}

/** A letter as a PDF. */
export interface LetterPdf {
  readonly pdf: Buffer;
  readonly pages: number;
}

const fontFile = (name: string): string =>
  fileURLToPath(import.meta.resolve(`pdfjs-dist/standard_fonts/LiberationSans-${name}.ttf`));

const text = { size: 11, gap: 3 } as const;
const left = toPoints(20);
const width = pageSize.width - 2 * left;
const bottom = toPoints(20);
/** After so many pages a letter is far too long, and is not set to its end. */
const furthestPage = 5 * mostPages;

/**
 * Makes the PDF of a letter on A4: the address where the window of a DL envelope is, the text below it with the font
 * embedded, so that a printer anywhere prints it as it is. Letters of Welsh are in the font.
 */
export async function makeLetterPdf(letter: LetterContent): Promise<LetterPdf> {
  const document = new PdfDocument({
    size: 'A4',
    margins: { top: toPoints(15), bottom, left, right: left },
    bufferPages: true,
    info: { Title: letter.subject, CreationDate: new Date(letter.writtenAt) },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(document, 'end');
  document.registerFont('text', fontFile('Regular')).registerFont('bold', fontFile('Bold'));

  writeAddress(document, letter.address);
  if (letter.contactBlock !== null) writeContact(document, letter.contactBlock);
  document.font('text').fontSize(text.size);
  document.text(letter.date, left, addressWindow.bottom + toPoints(18), { width, lineGap: text.gap });
  document.moveDown();
  document.font('bold').fontSize(14).text(letter.subject, { width, lineGap: text.gap });
  document.moveDown(0.5);
  for (const block of readBlocks(letter.body.split('\n'))) {
    // Nobody prints it, and a page for each of a hundred thousand lines would take the machine.
    if (document.bufferedPageRange().count > furthestPage) break;
    writeBlock(document, block, 0);
  }

  const { count } = document.bufferedPageRange();
  if (count > 1) numberPages(document, count);
  document.end();
  await ended;
  return { pdf: Buffer.concat(chunks), pages: count };
}

type Document = InstanceType<typeof PdfDocument>;

/** Seven lines fit the window at this size; a longer line is set smaller, rather than cut. */
function writeAddress(document: Document, address: string): void {
  const lines = address.split('\n');
  const most = addressWindow.right - addressWindow.left - 4;
  document.font('text');
  for (const [index, line] of lines.entries()) {
    document.fontSize(9.5);
    const size = Math.min(9.5, (9.5 * most) / Math.max(1, document.widthOfString(line)));
    document
      .fontSize(size)
      .text(line, addressWindow.left + 2, addressWindow.top + 1 + index * 10.5, { lineBreak: false });
  }
}

function writeContact(document: Document, contactBlock: string): void {
  document.font('text').fontSize(9);
  const from = addressWindow.right + toPoints(5);
  document.text(contactBlock, from, toPoints(20), {
    width: pageSize.width - printMargin - toPoints(10) - from,
    lineGap: 2,
  });
}

function writeBlock(document: Document, block: Block, indent: number): void {
  const x = left + indent;
  const options = { width: width - indent, lineGap: text.gap };
  switch (block.kind) {
    case 'heading':
      document.font('bold').fontSize(block.level === 1 ? 13 : text.size);
      // A heading alone at the foot of a page belongs to nothing.
      if (document.y > pageSize.height - bottom - toPoints(20)) document.addPage();
      document.text(linesText([block.line]), x, document.y, options);
      document.moveDown(0.4);
      break;
    case 'paragraph':
      document.font('text').fontSize(text.size).text(linesText(block.lines), x, document.y, options);
      document.moveDown();
      break;
    case 'list':
      document.font('text').fontSize(text.size);
      for (const [index, item] of block.items.entries()) {
        const mark = block.ordered ? `${index + 1}.` : '•';
        const { y } = document;
        const wraps = document.heightOfString(linesText(item), { ...options, width: options.width - 20 });
        if (y + Math.min(wraps, 40) > pageSize.height - bottom) document.addPage();
        const at = document.y;
        document.text(mark, x + 4, at, { lineBreak: false });
        document.text(linesText(item), x + 20, at, { ...options, width: options.width - 20 });
      }
      document.moveDown();
      break;
    case 'rule':
      document.addPage();
      break;
    case 'inset':
      for (const each of block.blocks) writeBlock(document, each, indent + 20);
  }
}

function numberPages(document: Document, count: number): void {
  for (let page = 0; page < count; page += 1) {
    document.switchToPage(page);
    // Below the margin, where pdfkit would begin another page.
    document.page.margins.bottom = 0;
    document
      .font('text')
      .fontSize(9)
      .text(`Page ${page + 1} of ${count}`, left, pageSize.height - toPoints(13), {
        width,
        align: 'right',
        lineBreak: false,
      });
  }
}

/** Whether a letter has more pages than are printed. */
export function isTooLong(pages: number): boolean {
  return pages > mostPages;
}
