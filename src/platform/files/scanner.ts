/** What looks for malware in what people send. */
export interface Scanner {
  /** Kept with each file, so that it can be told later who found it clean: `ClamAV 1.4.2/27600`. */
  readonly scan: (content: AsyncIterable<Buffer>) => Promise<ScanResult>;
  /** A scanner for development finds nothing but the test file: pages for staff say so. */
  readonly isReal: boolean;
}

export interface ScanResult {
  /** The name of what was found; null where the content is clean. */
  readonly found: string | null;
  readonly scannedBy: string;
}

/** The scanner could not be asked, or did not answer to the end: it is asked again later. */
export class ScannerAway extends Error {
  constructor(detail: string, cause?: unknown) {
    super(detail, cause === undefined ? {} : { cause });
    this.name = 'ScannerAway';
  }
}

/**
 * A scanner for the demonstration and for development, which finds the harmless test file of EICAR and nothing else. What
 * it lets through was not looked at, and is marked so.
 */
export const developmentScanner: Scanner = {
  isReal: false,
  async scan(content) {
    let tail = '';
    let found: string | null = null;
    for await (const chunk of content) {
      const text = tail + chunk.toString('latin1');
      if (text.includes(testFileMark)) found = 'Eicar-Test-Signature';
      tail = text.slice(-testFileMark.length);
    }
    return { found, scannedBy: 'development' };
  },
};

/** Part of the anti-malware test file, https://www.eicar.org: in two halves, so that no scanner takes this file for it. */
const testFileMark = ['EICAR-STANDARD-ANTIVIRUS', 'TEST-FILE!'].join('-');
