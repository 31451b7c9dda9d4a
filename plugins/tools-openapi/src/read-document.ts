import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { parseDocument } from 'yaml';
import { errors } from './errors.ts';
import { isPart, type Part } from './openapi-document.ts';
import type { OpenApiSpec } from './openapi-spec.ts';

/** What is needed to read documents. */
export interface DocumentReader {
  readonly outbound: Outbound;
  /** Hosts that documents may be fetched from. */
  readonly documentHosts: readonly string[];
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Where relative files start. */
  readonly baseDir: string;
}

/** Reads the document of a registration, from where it says it is. */
export async function readDocument(
  { document, url, file }: OpenApiSpec,
  reader: DocumentReader,
  { trusted, signal }: { readonly trusted: boolean; readonly signal: AbortSignal },
): Promise<Part> {
  if (document !== undefined) {
    if (isPart(document)) return document;
    return parse(String(document), reader.maxBytes);
  }
  if (file !== undefined) {
    if (!trusted)
      throw unreadable(
        'a file can be named in the configuration alone',
        'Send the document itself, as "document".',
      );
    return parse(
      await readText(isAbsolute(file) ? file : resolve(reader.baseDir, file), reader),
      reader.maxBytes,
    );
  }
  if (url === undefined)
    throw unreadable('none is given', 'Give "document", or "url", or in the configuration "file".');
  return parse(await fetchText(new URL(url), reader, signal), reader.maxBytes);
}

async function fetchText(url: URL, reader: DocumentReader, signal: AbortSignal): Promise<string> {
  const { outbound, documentHosts, maxBytes, timeoutMs } = reader;
  if (!documentHosts.some((host) => host === url.hostname || host === url.host)) {
    const mend = 'Send the document itself, or have the operator list the host under "documentHosts".';
    throw unreadable(`documents may not be fetched from ${url.host}`, mend);
  }
  const headers = { accept: 'application/json, application/yaml, text/yaml, */*;q=0.5' };
  const answer = await outbound.request({ url, headers, timeoutMs, maxBytes, signal });
  if (answer.url.host !== url.host && !documentHosts.includes(answer.url.host))
    throw unreadable(`${url.host} sends on to ${answer.url.host}`, 'Use the address it ends at.');
  if (answer.status !== 200)
    throw unreadable(`${url.host} answers with status ${answer.status}`, 'Check the address.');
  if (answer.truncated) throw tooLarge(maxBytes);
  return new TextDecoder().decode(answer.body);
}

async function readText(path: string, { maxBytes }: DocumentReader): Promise<string> {
  try {
    if ((await stat(path)).size > maxBytes) throw tooLarge(maxBytes);
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code.startsWith('AF_')) throw cause;
    const reason = code === 'ENOENT' ? `there is no file ${path}` : `the file ${path} (${code})`;
    throw unreadable(reason, 'Check the path and its rights.', cause);
  }
}

/** JSON where it is JSON; YAML is a hundred times slower. */
function parse(text: string, maxBytes: number): Part {
  if (text.length > maxBytes) throw tooLarge(maxBytes);
  let value: unknown;
  if (/^\s*\{/.test(text)) {
    try {
      value = JSON.parse(text);
    } catch {
      // perhaps YAML in flow style
    }
  }
  if (value === undefined) {
    const yaml = parseDocument(text, { strict: true, uniqueKeys: true });
    const [first] = yaml.errors;
    if (first) {
      const at = first.linePos?.[0];
      const place = at ? ` (line ${at.line}, column ${at.col})` : '';
      throw unreadable(`it is neither JSON nor YAML: ${first.code}${place}`, 'Mend the place named.', first);
    }
    try {
      value = JSON.parse(JSON.stringify(yaml.toJS({ maxAliasCount: 100 })) ?? 'null');
    } catch (cause) {
      throw unreadable('its aliases multiply beyond measure', 'Write them out.', cause);
    }
  }
  if (isPart(value)) return value;
  throw unreadable('it is no object', 'Give an OpenAPI document: an object with "openapi" and "paths".');
}

function tooLarge(maxBytes: number): Error {
  return unreadable(
    `it has more than ${maxBytes} bytes`,
    'Leave out what is not needed, or have the operator raise "maxDocumentBytes".',
  );
}

function unreadable(reason: string, mend: string, cause?: unknown): Error {
  return errors.AF_TOOLS_OPENAPI_DOCUMENT_UNREADABLE({ reason, mend }, { cause });
}
