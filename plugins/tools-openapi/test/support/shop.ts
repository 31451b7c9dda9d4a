import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@agent-factory/sdk';

/** A request as the shop got it. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A web shop of this machine with an API. */
export interface Shop {
  readonly url: string;
  readonly host: string;
  readonly seen: Seen[];
  /** How it answers; `undefined` with the request as JSON. */
  answer: ((request: Seen, response: ServerResponse) => void) | undefined;
  close(): void;
}

/** Opens a shop. */
export async function openShop(): Promise<Shop> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body };
      seen.push(one);
      if (shop.answer) shop.answer(one, response);
      else json(response, 200, { method, url, body });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  const shop: Shop = {
    url: `http://${host}`,
    host,
    seen,
    answer: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return shop;
}

/** Answers JSON. */
export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** The shop's document: parameters of every kind, references, a cycle, security. */
export function shopDocument(server: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: { title: 'Shop', version: '1' },
    servers: [{ url: `${server}/{stage}/`, variables: { stage: { default: 'v1' } } }],
    security: [{ token: [] }],
    paths: {
      '/orders/{id}': {
        parameters: [{ $ref: '#/components/parameters/id' }],
        get: {
          operationId: 'getOrder',
          summary: 'Reads an order.',
          parameters: [
            { name: 'fields', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
            { name: 'filter', in: 'query', style: 'deepObject', schema: { type: 'object' } },
            { name: 'id', in: 'query', schema: { type: 'integer' } },
            { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
            { name: 'where', in: 'query', content: { 'application/json': { schema: { type: 'object' } } } },
          ],
          responses: {
            200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
            404: { $ref: '#/components/responses/Missing' },
          },
        },
        delete: { operationId: 'deleteOrder', responses: { 204: { description: 'Gone.' } } },
      },
      '/orders': {
        post: {
          operationId: 'placeOrder',
          description: 'Places an order.',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
          },
          responses: { 201: { content: { 'application/json': {} } } },
        },
      },
      '/ping': { get: { security: [], responses: { 200: { content: { 'text/plain': {} } } } } },
    },
    components: {
      parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
      responses: { Missing: { description: 'Not there.' } },
      schemas: {
        Order: {
          type: 'object',
          properties: {
            id: { type: 'string', readOnly: true },
            item: { type: 'string', pattern: '(a+)+$' },
            parts: { type: 'array', items: { $ref: '#/components/schemas/Order' } },
          },
          required: ['id', 'item'],
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}
