import { documentErrors } from '@agent-factory/sdk/contracts';

/** Bytes at the beginning that tell text from anything else. */
const sample = 65_536;
/** Of a hundred signs, as many that no text has make it binary. */
const mostControlPercent = 5;

/** Bytes as text: UTF-8, UTF-16 with its mark, else Windows-1252. AF_DOCUMENT_BINARY for what is no text. */
export function decodeText(bytes: Uint8Array, source: string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  let controls = 0;
  const end = Math.min(bytes.length, sample);
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) throw documentErrors.AF_DOCUMENT_BINARY({ source });
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) controls++;
  }
  if (controls * 100 > end * mostControlPercent) throw documentErrors.AF_DOCUMENT_BINARY({ source });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
