/** A document that a source has, before it is read. */
export interface SourceDocument {
  /** Its name, as it is cited. */
  readonly source: string;
  /** What it is, where its name does not say so. */
  readonly mediaType?: string;
  /** Its bytes; AF_DOCUMENT_TOO_LARGE when there are more. */
  read(
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<{ readonly content: Uint8Array; readonly mediaType?: string }>;
}
