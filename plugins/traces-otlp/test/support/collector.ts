import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import type { JsonObject } from '@agent-factory/sdk';

/** A span as the official schema of OTLP has it, with its attributes by name. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  /** Nanoseconds since the epoch. */
  readonly from: bigint;
  readonly to: bigint;
  readonly error: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

interface Decoded {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly DecodedSpan[] }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: string; readonly message: string };
}

interface Message {
  fromObject(value: object): object;
  verify(value: object): string | null;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}

// The package has no types for what is generated from the schema.
const { ExportTraceServiceRequest } = (
  generated as unknown as {
    opentelemetry: { proto: { collector: { trace: { v1: Record<string, Message> } } } };
  }
).opentelemetry.proto.collector.trace.v1 as { ExportTraceServiceRequest: Message };

/** What a request is answered with: a status, headers, a body. */
export interface CollectorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

/** A collector on this machine that reads what it is sent by the official schema of OTLP. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  /** Attributes of what sent them. */
  readonly resources: Readonly<Record<string, unknown>>[] = [];
  readonly headers: Readonly<Record<string, unknown>>[] = [];
  /** Sizes of what was taken. */
  readonly batches: number[] = [];
  /** What the next requests are answered with; after these all are taken. */
  readonly answers: CollectorAnswer[] = [];
  requests = 0;
  /** What came, as text. */
  readonly texts: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.requests += 1;
        this.headers.push(request.headers);
        const { status, headers, body } = this.answers.shift() ?? { status: 200, body: {} };
        if (status < 300) this.#take(Buffer.concat(chunks).toString());
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body ?? {}));
      });
    });
  }

  static async open(port = 0): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(port, '127.0.0.1', resolve));
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // a TCP server's address is never a string
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1/traces`;
  }

  /** Spans of a name. */
  named(name: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #take(text: string): void {
    this.texts.push(text);
    const { resourceSpans } = decodeTraces(JSON.parse(text) as JsonObject); // an object, or it is thrown
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(valuesOf(resource.attributes));
      for (const { spans } of scopeSpans) {
        this.batches.push(spans.length);
        this.spans.push(...spans.map(received));
      }
    }
  }
}

/**
 * Through the binary form and back by the official schema. OTLP/JSON writes ids in hexadecimal, where JSON of protocol
 * buffers has base64 (OTLP 1.x, JSON Protobuf Encoding). A member that the schema does not have is lost on the way.
 */
export function decodeTraces(traces: JsonObject): Decoded {
  const ids = new Set(['traceId', 'spanId', 'parentSpanId']);
  const given = JSON.parse(JSON.stringify(traces), (key, value: unknown) =>
    ids.has(key) ? Buffer.from(value as string, 'hex').toString('base64') : value,
  ) as object; // it was an object
  const wrong = ExportTraceServiceRequest.verify(ExportTraceServiceRequest.fromObject(given));
  if (wrong !== null) throw new Error(wrong);
  const bytes = ExportTraceServiceRequest.encode(ExportTraceServiceRequest.fromObject(given)).finish();
  const back = ExportTraceServiceRequest.decode(bytes);
  return ExportTraceServiceRequest.toObject(back, {
    longs: String,
    bytes: String,
    enums: String,
    arrays: true,
  }) as Decoded; // as the schema says
}

function received(span: DecodedSpan): ReceivedSpan {
  const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId ?? ''),
    name: span.name,
    kind: span.kind,
    from: BigInt(span.startTimeUnixNano),
    to: BigInt(span.endTimeUnixNano),
    error: span.status.code === 'STATUS_CODE_ERROR' ? span.status.message : undefined,
    values: valuesOf(span.attributes),
  };
}

function valuesOf(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
