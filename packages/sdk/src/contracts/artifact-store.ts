import { defineContract, type SingleContract } from '../contract.ts';
import { artifactErrors } from './artifact-errors.ts';

/** Something too large for a journal: a long result of a tool, a picture, a file. */
export interface Artifact {
  /** SHA-256 of the content, hex. The same bytes are kept once, and what is read can be checked. */
  readonly id: string;
  /** As of the first time it was kept. */
  readonly mediaType: string;
  readonly name?: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** From then on it is gone. Never, if not given. */
  readonly expiresAt?: number;
}

/** What is said of content that is kept. */
export interface ArtifactOptions {
  /** `image/png`; parameters such as `; charset=utf-8` may follow. */
  readonly mediaType: string;
  /** A file name for people, at most 255 characters. */
  readonly name?: string;
  /** The run it belongs to; one artifact may belong to many. */
  readonly runId?: string;
  /** Milliseconds it is kept at least; default as configured, 0 for ever. Of several times it is kept, the longest holds. */
  readonly ttlMs?: number;
}

/** Which artifacts to list, newest first. */
export interface ArtifactQuery {
  readonly runId?: string;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Those kept before this one (its id): the last of the page before. */
  readonly before?: string;
}

/** The artifacts of one tenant. */
export interface TenantArtifacts {
  /**
   * Keeps content; resolves when it is there in full. When it fails, or `content` does, nothing is there.
   * AF_ARTIFACT_TOO_LARGE, AF_ARTIFACT_QUOTA, AF_ARTIFACT_REQUEST_INVALID.
   */
  put(content: Uint8Array | AsyncIterable<Uint8Array>, options: ArtifactOptions): Promise<Artifact>;
  /** What is known of an artifact; `undefined` when it is not there, or is over. */
  head(id: string): Promise<Artifact | undefined>;
  /**
   * The bytes from `offset` (default 0), at most `length`, piece by piece. AF_ARTIFACT_NOT_FOUND;
   * AF_ARTIFACT_DAMAGED when they are not all there, or, read from end to end, are others.
   */
  read(id: string, range?: { readonly offset?: number; readonly length?: number }): AsyncIterable<Uint8Array>;
  /** Removes an artifact, whichever runs it belongs to; whether it was there. */
  delete(id: string): Promise<boolean>;
  /** Artifacts that are not over, newest first. */
  list(query?: ArtifactQuery): Promise<readonly Artifact[]>;
  /** How many there are, and their bytes together: what a quota counts. */
  usage(): Promise<{ readonly count: number; readonly bytes: number }>;
}

/** Keeps what is too large for a journal. */
export interface ArtifactStore {
  /** The artifacts of a tenant. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantArtifacts;
  /** Removes what is over, at most `limit` (default 1,000), and content nothing points to; gives how many went. */
  sweep(options?: { readonly limit?: number }): Promise<number>;
}

/** Token of {@link ArtifactStore}. */
export const ArtifactStore: SingleContract<ArtifactStore> = defineContract<ArtifactStore>({
  id: 'artifact-store',
  version: '1.0.0',
  description: 'Keeps what is too large for a journal: long results, pictures, files.',
});

const mediaTypePattern = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:\s*;\s*[\w-]+=[^;\r\n\0]{1,100})*$/;

/** For stores: throws AF_ARTIFACT_REQUEST_INVALID for what breaks the rules of {@link ArtifactOptions}. */
export function checkArtifactOptions({ mediaType, name, runId, ttlMs = 0 }: ArtifactOptions): void {
  const plain = (text: string, most: number): boolean =>
    text.length >= 1 && text.length <= most && text.isWellFormed() && !/\p{Cc}/u.test(text);
  if (!mediaTypePattern.test(mediaType))
    throw refuse(`"${mediaType.slice(0, 100)}" is no media type`, 'Give one such as image/png.');
  if (name !== undefined && !plain(name, 255))
    throw refuse('a name has 1 to 255 printable characters', 'Give a short file name, or none.');
  if (runId !== undefined && !plain(runId, 200))
    throw refuse('the id of a run has 1 to 200 characters', 'Give the id of the run.');
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0)
    throw refuse(`${ttlMs} is no time to keep it`, 'Give whole milliseconds, 0 for ever.');
}

/** For stores: throws AF_ARTIFACT_REQUEST_INVALID for a query or range that breaks the rules. */
export function checkArtifactNumbers(numbers: {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}): void {
  const { limit = 1, offset = 0, length = 0 } = numbers;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 200)
    throw refuse(`a page of ${limit} artifacts cannot be listed`, 'Ask for 1 to 200.');
  for (const number of [offset, length])
    if (!Number.isSafeInteger(number) || number < 0)
      throw refuse(`${number} is no place or number of bytes`, 'Give whole numbers from 0.');
}

function refuse(reason: string, mend: string): Error {
  return artifactErrors.AF_ARTIFACT_REQUEST_INVALID({ reason, mend });
}
