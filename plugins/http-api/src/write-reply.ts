import type { Json } from '@agent-factory/sdk';
import { entityTag, type HttpRoute } from '@agent-factory/sdk/contracts';
import { namesTag, revalidated } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { successStatus } from './route-table.ts';
import { onlyFields } from './sparse-fields.ts';
import { commonHeaders } from './write-problem.ts';

const jsonType = 'application/json; charset=utf-8';
const bodiless = new Set([204, 205, 302, 303, 304]);

/** A handler's answer that is no stream. */
export interface WholeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** An answer as text, with what is said of it. */
interface Written {
  readonly text: string;
  readonly bytes: number;
  readonly etag: string | undefined;
}

/** Makes what writes a route's answers, with the media type that the route declares for each status. */
export function createReplyWriter(route: HttpRoute): (exchange: Exchange, reply: WholeReply) => void {
  const usual = successStatus(route);
  const types = new Map(
    Object.entries(route.responses).map(([status, spec]) => [Number(status), spec.contentType]),
  );
  const write = (text: string, tagged: boolean): Written => ({
    text,
    bytes: Buffer.byteLength(text),
    etag: tagged ? entityTag(text) : undefined,
  });
  // By the object itself: what is another answer is another object, so nothing here can be out of date.
  const kept = route.constant && new WeakMap<object, Written>();
  const writeBody = (body: Json, tagged: boolean): Written => {
    const known = kept && typeof body === 'object' && body !== null ? kept : undefined;
    const before = known?.get(body as object); // seen to be one
    if (before) return before;
    const written = write(JSON.stringify(body), tagged);
    known?.set(body as object, written); // as above
    return written;
  };
  return ({ request, response, requestId, fields, headers: own }, reply) => {
    const status = reply.status ?? usual;
    const headers: Record<string, string> = { ...own, ...commonHeaders(requestId), ...reply.headers };
    if (bodiless.has(status)) {
      response.writeHead(status, headers).end();
      return;
    }
    const declared = types.get(status);
    // Text of a type that is not JSON goes out as it is: a page, a CSV file, metrics.
    const asIs = declared !== undefined && typeof reply.body === 'string' && !/\bjson\b/.test(declared);
    const ownTag = reply.headers?.['etag'];
    const tagged = route.revalidates === true && ownTag === undefined;
    const written = asIs
      ? write(String(reply.body), tagged)
      : writeBody(fields && status < 300 ? onlyFields(reply.body, fields) : reply.body, tagged);
    const etag = ownTag ?? written.etag;
    if (route.revalidates && status === 200 && etag !== undefined) {
      Object.assign(headers, revalidated, { etag });
      if (namesTag(request.headers['if-none-match'], etag)) {
        response.writeHead(304, headers).end();
        return;
      }
    }
    headers['content-type'] = declared ?? jsonType;
    headers['content-length'] = String(written.bytes);
    response.writeHead(status, headers);
    response.end(written.text);
  };
}
