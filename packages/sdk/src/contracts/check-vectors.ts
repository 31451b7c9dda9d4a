import { isJson } from './job-rules.ts';
import { vectorErrors } from './vector-errors.ts';
import type { VectorDocument, VectorQuery } from './vector-store.ts';

const mostChunks = 50_000;
const mostChars = 200_000;
const mostDimensions = 8192;

/** For stores: throws AF_VECTOR_INVALID for the name of a collection that breaks the rules. */
export function checkCollectionName(name: string): void {
  if (isPlain(name, 300)) return;
  throw refuse(name.slice(0, 300), 'its name has not 1 to 300 printable characters', 'Give a short name.');
}

/** For stores: throws AF_VECTOR_INVALID or AF_VECTOR_DIMENSIONS for a document that breaks the rules of {@link VectorDocument}. */
export function checkVectorDocument(collection: string, document: VectorDocument): void {
  const { id, space, chunks, expiresAt, fingerprint } = document;
  const bad = (reason: string, mend: string): Error => refuse(collection, reason, mend);
  if (!isPlain(id, 500))
    throw bad('the id of a document has not 1 to 500 printable characters', 'Shorten it.');
  if (!fingerprint.isWellFormed() || fingerprint.length > 500)
    throw bad(`the fingerprint of "${id}" is no text of at most 500 characters`, 'Give a hash.');
  if (expiresAt !== undefined && (!Number.isSafeInteger(expiresAt) || expiresAt < 0))
    throw bad(`the end of "${id}" is no time`, 'Give whole milliseconds since the epoch.');
  if (space !== undefined && !isPlain(space, 200))
    throw bad('the name of the space has not 1 to 200 printable characters', 'Give provider/model.');
  if (chunks.length > mostChunks)
    throw bad(`"${id}" has more than ${mostChunks} chunks`, 'Cut it into several documents.');
  const length = chunks[0]?.vector?.length;
  for (const { vector, title, text, meta } of chunks) {
    if (title.length > mostChars || text.length > mostChars)
      throw bad(`a chunk of "${id}" is longer than ${mostChars} characters`, 'Make the chunks smaller.');
    if (!isJson(meta)) throw bad(`the meta of a chunk of "${id}" is no JSON`, 'Give a JSON object.');
    if (vector === undefined && length === undefined) continue;
    if (vector === undefined || length === undefined || space === undefined)
      throw bad(
        `not all chunks of "${id}" have a vector, or their space has no name`,
        'Give both or neither.',
      );
    if (vector.length !== length)
      throw vectorErrors.AF_VECTOR_DIMENSIONS({
        collection,
        space,
        given: vector.length,
        wanted: length,
      });
    checkVector(collection, vector);
  }
}

/** For stores: throws AF_VECTOR_INVALID for a query that breaks the rules of {@link VectorQuery}. */
export function checkVectorQuery(
  collection: string,
  { vector, text, limit, minLikeness }: VectorQuery,
): void {
  if (vector === undefined && text === undefined)
    throw refuse(collection, 'a search has neither a vector nor a text', 'Give one of them, or both.');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 200)
    throw refuse(collection, `a search cannot give ${limit} chunks`, 'Ask for 1 to 200.');
  if (minLikeness !== undefined && !(minLikeness >= -1 && minLikeness <= 1))
    throw refuse(collection, `${minLikeness} is no likeness`, 'Give a number from -1 to 1.');
  if (vector) checkVector(collection, vector.values);
}

function checkVector(collection: string, vector: readonly number[]): void {
  const fits = vector.length > 0 && vector.length <= mostDimensions && vector.every(Number.isFinite);
  if (!fits)
    throw refuse(
      collection,
      'a vector is not of 1 to 8,192 finite numbers',
      'Look at what the embedder gives.',
    );
  if (vector.every((value) => value === 0))
    throw refuse(
      collection,
      'a vector has no direction: all of it is zero',
      'Look at what the embedder gives.',
    );
}

/** NUL and halves of surrogate pairs are refused, which not every database can hold. */
function isPlain(text: string, most: number): boolean {
  return text.length >= 1 && text.length <= most && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function refuse(collection: string, reason: string, mend: string): Error {
  return vectorErrors.AF_VECTOR_INVALID({ collection, reason, mend });
}
