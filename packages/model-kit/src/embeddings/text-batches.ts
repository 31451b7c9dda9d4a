import { modelErrors } from '@agent-factory/sdk/contracts';

/** Characters of one call; servers refuse calls with too many tokens, whatever the number of texts. */
const charactersPerCall = 400_000;

/** AF_MODEL_REQUEST_INVALID for a text that has nothing to embed. */
export function refuseEmptyTexts(server: string, texts: readonly string[]): void {
  const at = texts.findIndex((text) => text.trim() === '');
  if (at >= 0) {
    throw modelErrors.AF_MODEL_REQUEST_INVALID({ server, reason: `text ${at + 1} to embed is empty.` });
  }
}

/** Texts in parts that each go into one call, in their order. */
export function* batchTexts(
  texts: readonly string[],
  textsPerCall: number,
): Generator<readonly string[], void> {
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (batch.length === textsPerCall || (batch.length > 0 && characters + text.length > charactersPerCall)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) yield batch;
}
