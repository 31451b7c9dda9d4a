import type { Tool } from '@agent-factory/sdk/contracts';
import {
  createOutbound,
  outboundErrors,
  printable,
  type OutboundAnswer,
  type ResolveHost,
} from '@agent-factory/sdk/outbound';
import { errors } from './errors.ts';
import { htmlToText, readHtml } from './read-html.ts';

/** Longest text given to a model, in characters. */
const maxCharacters = 50_000;

const accept = 'text/html, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8, */*;q=0.1';

/** What `fetch_url` depends on. */
export interface FetchUrlOptions {
  /** Hosts (`host` or `host:port`) that may be reached whatever their address or port. Default none. */
  readonly allowHosts?: readonly string[];
  /** Milliseconds one fetch may take, redirects included. Default 20,000. */
  readonly timeoutMs?: number;
  /** Most bytes of a page that are read, after decompression. Default 2,097,152. */
  readonly maxBytes?: number;
  /** Finds the addresses of host names. Default: the system's resolver. */
  readonly resolve?: ResolveHost;
}

/** The tool `fetch_url`: a page of the public web as text. Nothing inside the operator's network is reached. */
export function createFetchUrl(options: FetchUrlOptions = {}): Tool {
  const { allowHosts = [], timeoutMs = 20_000, maxBytes = 2_097_152, resolve } = options;
  const outbound = createOutbound({
    allowHosts,
    settings: { hosts: '"allowHosts" of tools-builtin', time: '"fetchTimeoutMs" of tools-builtin' },
    resolve,
  });

  return {
    name: 'fetch_url',
    description:
      'Fetches a web page or file by its http(s) address and returns its readable text. Use it when an address is ' +
      'given, or to read a page found before. Addresses inside private networks are refused.',
    input: {
      type: 'object',
      properties: {
        url: {
          type: 'string',
          format: 'uri',
          minLength: 1,
          maxLength: 4096,
          description: 'The address, with http:// or https://.',
          examples: ['https://example.org/'],
        },
        maxBytes: {
          type: 'integer',
          minimum: 1024,
          maximum: 16_777_216,
          description: 'Read at most this many bytes of the page. Left out: as many as the operator allows.',
        },
      },
      required: ['url'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        url: { type: 'string', description: 'The address after redirects.' },
        status: { type: 'integer', description: 'HTTP status; from 400 on the text is the error page.' },
        contentType: { type: 'string', description: 'As the server names it; may be empty.' },
        title: { type: 'string', description: 'Title of an HTML page.' },
        text: { type: 'string', description: 'The readable text.' },
        truncated: { type: 'boolean', description: 'Whether the page is longer than the text.' },
      },
      required: ['url', 'status', 'contentType', 'text', 'truncated'],
      additionalProperties: false,
    },
    effect: 'read',
    timeoutMs: timeoutMs + 5000,
    async run(input, { signal }) {
      const { url, maxBytes: asked = maxBytes } = input as { url: string; maxBytes?: number }; // as the schema says
      const answer = await outbound.request({
        url: parseUrl(url),
        headers: { accept },
        timeoutMs,
        maxBytes: Math.min(asked, maxBytes),
        signal,
      });
      return pageOf(answer);
    },
  };
}

interface Page {
  readonly [field: string]: string | number | boolean;
}

function pageOf({ url, status, headers, body, truncated }: OutboundAnswer): Page {
  const contentType = headers['content-type'] ?? '';
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const isText =
    type === '' ||
    /^text\/|[/+](?:json|xml|yaml|javascript|ecmascript)$|^application\/(?:x-)?ndjson$/.test(type);
  if (!isText || looksBinary(body, contentType)) {
    throw errors.AF_TOOLS_BUILTIN_FETCH_CONTENT({
      url: printable(url),
      found: type || 'bytes of no named type',
    });
  }
  const source = decode(body, contentType);
  const isHtml = /html/.test(type) || (type === '' && /^\s*<(?:!doctype|html)/i.test(source));
  const { title, lines } = isHtml ? readHtml(source) : { title: undefined, lines: [] };
  const text = isHtml ? htmlToText(lines) : source;
  return {
    url: url.href,
    status,
    contentType,
    ...(title && { title }),
    text: text.slice(0, maxCharacters).toWellFormed(),
    truncated: truncated || text.length > maxCharacters,
  };
}

/** Text in the charset the header or the page itself names, else UTF-8. */
function decode(body: Uint8Array, contentType: string): string {
  const head = Buffer.from(body.subarray(0, 1024)).toString('latin1');
  const named =
    /charset\s*=\s*["']?([\w-]+)/i.exec(contentType) ??
    /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]+)/i.exec(head);
  let decoder = new TextDecoder();
  try {
    decoder = new TextDecoder(named?.[1] ?? 'utf-8');
  } catch {
    // a charset nobody knows: UTF-8 is the best guess
  }
  return decoder.decode(body, { stream: true }); // a character cut off at the end is left out
}

function looksBinary(body: Uint8Array, contentType: string): boolean {
  return (
    body.subarray(0, 1024).includes(0) &&
    !/utf-?(?:16|32)/i.test(contentType) &&
    body[0] !== 0xff &&
    body[0] !== 0xfe
  );
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url) return url;
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  const mend = 'Give a whole address such as https://example.org/page.';
  throw outboundErrors.AF_OUTBOUND_URL_REFUSED({
    url: `"${shown}"`,
    reason: 'it is no complete address',
    mend,
  });
}
