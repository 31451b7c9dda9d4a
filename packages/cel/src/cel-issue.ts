/** Something wrong with the text of an expression, found before it runs. */
export class CelIssue extends Error {
  override readonly name: string = 'CelIssue';
  /** Where, in UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** What to do, as a sentence. */
  readonly fix: string;
  /** It is CEL, but outside of the subset; the documentation lists what is left out. */
  readonly unsupported: boolean;

  constructor(message: string, offset: number, fix: string, unsupported = false) {
    super(message);
    this.offset = offset;
    this.fix = fix;
    this.unsupported = unsupported;
  }
}

/** For what CEL has and the subset leaves out. */
export function unsupported(what: string, offset: number, fix: string): CelIssue {
  return new CelIssue(`${what} are not part of the subset`, offset, fix, true);
}
