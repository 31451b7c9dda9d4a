/** Bytes of an answer that are read. */
export const answerBytes = 1024;

const shownCharacters = 300;
const redacted = '[redacted]';
const named =
  /\b(authorization|cookie|set-cookie|password|passwd|secret|token|api[-_]?key)\b(["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;}{<>&]{1,1024}/gi;
const bearer = /\b(bearer|basic)\s{1,4}[\w+/=.~-]{4,1024}/gi;
/** Keys and hashes, signatures and tokens of any make. */
const random = /[\w+/=-]{32,1024}/g;

/** The beginning of an answer as it may be kept and shown: printable, short, and without what looks secret. */
export function answerExcerpt(body: Uint8Array): string | undefined {
  const text = Buffer.from(body)
    .toString('utf8')
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffd]+/g, ' ')
    .replace(bearer, `$1 ${redacted}`)
    .replace(named, `$1$2${redacted}`)
    .replace(random, redacted)
    .trim();
  if (text === '') return undefined;
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
