/** A text as a reader would take it, and where each of its characters stood. */
export interface PlainText {
  /** Lower case, in the usual forms of letters, without what cannot be seen. */
  readonly text: string;
  /** For each place in `text`, and its end, the place in what was given. */
  place(at: number): number;
  /** Characters that cannot be seen and have no business between letters. */
  readonly hidden: number;
}

/** Zero-width characters, soft hyphens, marks of direction, and the tag characters of U+E0000. */
const invisible =
  /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|\udb40[\udc00-\udc7f]/;

/** Undoes what hides words from a search: invisible characters, wide and other forms of letters, upper case. */
export function plainText(given: string): PlainText {
  // eslint-disable-next-line no-control-regex -- ASCII is what it says
  if (/^[\u0000-\u007f]*$/.test(given)) return { text: given.toLowerCase(), place: (at) => at, hidden: 0 };
  const places: number[] = [];
  let text = '';
  let hidden = 0;
  let at = 0;
  for (const character of given) {
    if (invisible.test(character)) {
      // A joiner makes one picture of two emoji, and belongs there.
      if (character !== '\u200d' && character !== '\u200c') hidden += 1;
    } else {
      const usual = character.normalize('NFKC').toLowerCase();
      text += usual;
      for (let unit = 0; unit < usual.length; unit++) places.push(at);
    }
    at += character.length;
  }
  places.push(at);
  return { text, place: (each) => places[each] ?? given.length, hidden };
}
