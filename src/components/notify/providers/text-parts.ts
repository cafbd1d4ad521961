import smpp from 'smpp';

/** A text message as the network carries it: one part, or several that a phone puts together. */
export interface EncodedText {
  /** SMPP 3.4, section 5.2.19: 0 the centre's own alphabet, which is GSM 03.38; 8 UCS-2. */
  readonly dataCoding: 0 | 8;
  /** Each with its header where there are several. */
  readonly parts: readonly Buffer[];
  /** The whole, for message_payload. */
  readonly whole: Buffer;
}

/**
 * Encodes a text message in GSM 03.38, or in UCS-2 where a character is outside of it, and cuts it into parts of 153
 * septets or 67 characters, each with a header that says which of how many it is (3GPP TS 23.040, section 9.2.3.24.1). No
 * part ends within a character.
 *
 * @param reference the same for every part, and for every try: a number of one byte.
 */
export function encodeText(text: string, reference: number): EncodedText {
  const letters = Array.from(text);
  const isGsm = letters.every((letter) => gsm.test(letter));
  const encoding = isGsm ? smpp.encodings.ASCII : smpp.encodings.UCS2;
  const encoded = letters.map((letter) => encoding.encode(letter));
  const whole = Buffer.concat(encoded);
  const dataCoding = isGsm ? 0 : 8;
  if (whole.length <= (isGsm ? 160 : 140)) return { dataCoding, parts: [whole], whole };
  const bodies = cut(encoded, isGsm ? 153 : 134);
  const parts = bodies.map((body, index) =>
    Buffer.concat([Buffer.from([5, 0, 3, reference & 0xff, bodies.length, index + 1]), body]),
  );
  return { dataCoding, parts, whole };
}

/** 3GPP TS 23.038, section 6.2.1, with the extension table. */
const gsm = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]$/;

function cut(letters: readonly Buffer[], most: number): Buffer[] {
  const bodies: Buffer[] = [];
  let open: Buffer[] = [];
  let length = 0;
  for (const letter of letters) {
    if (length + letter.length > most) {
      bodies.push(Buffer.concat(open));
      open = [];
      length = 0;
    }
    open.push(letter);
    length += letter.length;
  }
  return [...bodies, Buffer.concat(open)];
}
