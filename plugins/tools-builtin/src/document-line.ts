/** A line of a document as its reader understood it. Text that is empty separates paragraphs. */
export interface DocumentLine {
  /** Where it stands in the file, from 1. */
  readonly number: number;
  /** Last line of the file it covers; several when a paragraph is wrapped. */
  readonly endNumber: number;
  readonly text: string;
  /** `code` is kept whole; a `heading` titles what follows. */
  readonly kind: 'text' | 'code' | 'heading';
  /** Of headings: 1 is the highest. */
  readonly level: number;
}

/** A line of running text. */
export function textLine(number: number, text: string): DocumentLine {
  return { number, endNumber: number, text, kind: 'text', level: 0 };
}

/** A line of a listing. */
export function codeLine(number: number, text: string): DocumentLine {
  return { number, endNumber: number, text, kind: 'code', level: 0 };
}

/** A heading. */
export function headingLine(
  number: number,
  text: string,
  level: number,
  endNumber: number = number,
): DocumentLine {
  return { number, endNumber, text, kind: 'heading', level };
}
