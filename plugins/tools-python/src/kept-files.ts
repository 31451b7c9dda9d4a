import type { JsonObject } from '@agent-factory/sdk';
import type { ArtifactStore, ToolCallContext } from '@agent-factory/sdk/contracts';
import { extname } from 'node:path';
import type { ToolsPythonConfig } from './config.ts';
import type { WorkerMessage } from './python-worker.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.html': 'text/html',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Of what is not kept, this many are told of beside those that are. */
const mostNotes = 20;

interface CallFile {
  readonly name: string;
  readonly bytes: number;
  /** Why its content did not come, as a clause. */
  readonly left?: string;
  readonly content: Uint8Array;
}

/** Gathers the files of one call as they come from a worker, which is not believed. */
export class CallFiles {
  readonly #most: Pick<ToolsPythonConfig, 'maxFiles' | 'maxFileBytes'>;
  readonly #files: CallFile[] = [];
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(most: Pick<ToolsPythonConfig, 'maxFiles' | 'maxFileBytes'>) {
    this.#most = most;
  }

  /** Takes a message about a file. Gives what is wrong with it, as a clause. */
  take(message: WorkerMessage): string | undefined {
    const { maxFiles, maxFileBytes } = this.#most;
    const { piece, base64, file, bytes, left } = message;
    if (typeof piece === 'string' && typeof base64 === 'string') {
      const content = Buffer.from(base64, 'base64');
      this.#bytes += content.length;
      this.#pieces.push(content);
      return this.#bytes > maxFileBytes ? `it sent a file of more than ${maxFileBytes} bytes` : undefined;
    }
    if (typeof file !== 'string' || typeof bytes !== 'number') return 'it sent what is no message';
    const name = file.replace(/\p{Cc}+/gu, ' ').slice(0, 255) || 'file';
    const content = Buffer.concat(this.#pieces);
    [this.#pieces, this.#bytes] = [[], 0];
    if (typeof left === 'string') this.#files.push({ name, bytes, left: left.slice(0, 200), content });
    else this.#files.push({ name, bytes: content.length, content });
    const kept = this.#files.filter((one) => one.left === undefined).length;
    const tooMany = kept > maxFiles || this.#files.length - kept > mostNotes + maxFiles;
    return tooMany ? `it sent more than ${maxFiles} files` : undefined;
  }

  /** Keeps what came, and tells of every file: where it is, or why it is not kept. */
  async keep({ tenant, runId }: ToolCallContext, store: ArtifactStore | undefined): Promise<JsonObject[]> {
    const told: JsonObject[] = [];
    for (const { name, bytes, left, content } of this.#files) {
      const mediaType = mediaTypes[extname(name).toLowerCase()] ?? 'application/octet-stream';
      if (left !== undefined) told.push({ name, bytes, note: `It is not kept: ${left}.` });
      else if (!store)
        told.push({ name, mediaType, bytes, note: 'It is not kept: the platform has no artifact store.' });
      else {
        const kept = await store.tenant(tenant).put(content, { mediaType, name: name.toWellFormed(), runId });
        told.push({ name, artifact: { id: kept.id, mediaType: kept.mediaType, bytes: kept.bytes } });
      }
    }
    return told;
  }
}
