import type { Secret } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface TracesOtlpConfig {
  /** Where the collector takes traces by OTLP over HTTP. Default http://127.0.0.1:4318/v1/traces. */
  readonly url: string;
  /** Headers sent with every export. Default none. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** What the platform is called among the services of the collector. Default agent-factory. */
  readonly service: string;
  /** Share of traces that are recorded, of those that nobody has decided about before. Default 1. */
  readonly ratio: number;
  /** What becomes of the trace that a request names. Default `continue`. */
  readonly incoming: 'continue' | 'ignore';
  /** With what was said, asked of tools and given by them, as it is in the journal. Default false. */
  readonly content: boolean;
  /** Milliseconds until what has happened is exported. Default 5,000. */
  readonly everyMs: number;
  /** Answers and runs that wait to be exported. Default 4,096. */
  readonly queue: number;
  /** Spans that are sent together. Default 512. */
  readonly batch: number;
  /** Milliseconds the collector may take to answer. Default 10,000. */
  readonly timeoutMs: number;
  /** How often an export is tried again that failed in a way that may pass. Default 5. */
  readonly retries: number;
  /** Milliseconds before the first of these. Default 1,000. */
  readonly retryMs: number;
}
