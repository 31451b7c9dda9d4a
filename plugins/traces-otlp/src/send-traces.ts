import { setTimeout as wait } from 'node:timers/promises';
import { isAgentFactoryError, type JsonObject, type Logger } from '@agent-factory/sdk';
import { createOutbound, type OutboundAnswer } from '@agent-factory/sdk/outbound';
import type { TracesOtlpConfig } from './config.ts';
import { errors } from './errors.ts';

/** Answers after which OTLP has an export tried again. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const longestMs = 30_000;
const mostBytes = 65_536;

/** How many spans of those that were sent the collector did not take. Never rejects. */
export type SendTraces = (traces: JsonObject, spans: number, signal: AbortSignal) => Promise<number>;

/** What sends traces to the collector, again and again while what is wrong may pass. AF_TRACES_URL_INVALID. */
export function createSendTraces(
  config: Pick<TracesOtlpConfig, 'url' | 'headers' | 'timeoutMs' | 'retries' | 'retryMs'>,
  log: Logger,
): SendTraces {
  const url = URL.parse(config.url);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw errors.AF_TRACES_URL_INVALID({ url: withoutSecrets(config.url) });
  // The operator has named it, so it may be within their network; where it redirects to may not.
  const settings = { hosts: '"url" of traces-otlp', time: '"timeoutMs" of traces-otlp' };
  const outbound = createOutbound({ allowHosts: [url.host], settings });
  const names = Object.keys(config.headers).map((name) => name.toLowerCase());
  const send = (body: Uint8Array, signal: AbortSignal): Promise<OutboundAnswer> =>
    outbound.request({
      url,
      method: 'POST',
      headers: {
        ...Object.fromEntries(
          Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]),
        ),
        'content-type': 'application/json',
      },
      secretHeaders: names,
      hideQuery: true,
      body,
      timeoutMs: config.timeoutMs,
      maxBytes: mostBytes,
      signal,
    });
  return async (traces, spans, signal) => {
    const body = Buffer.from(JSON.stringify(traces));
    for (let tries = 0; ; tries += 1) {
      let reason: string;
      let afterMs = Math.min(config.retryMs * 2 ** tries, longestMs);
      try {
        const answer = await send(body, signal);
        if (answer.status >= 200 && answer.status < 300) return rejectedOf(answer, log);
        reason = `it answered ${answer.status}`;
        if (!passing.has(answer.status)) return refused(reason);
        afterMs = Math.min(secondsOf(answer) * 1000 || afterMs, longestMs);
      } catch (error) {
        reason = isAgentFactoryError(error) ? error.message : String(error);
        if (signal.aborted || !isAgentFactoryError(error) || !error.retryable) return refused(reason);
      }
      if (tries >= config.retries) return refused(reason);
      // Half of it by chance: processes that lost their collector together do not come back together.
      await wait(afterMs / 2 + (Math.random() * afterMs) / 2, undefined, { signal }).catch(() => {});
      if (signal.aborted) return refused(reason);
    }

    function refused(reason: string): number {
      log.warn('the collector did not take traces', { spans, reason });
      return spans;
    }
  };
}

/** OTLP's partial success. */
function rejectedOf({ body }: OutboundAnswer, log: Logger): number {
  try {
    const { partialSuccess } = JSON.parse(Buffer.from(body).toString()) as Partial<
      Record<string, { rejectedSpans?: string | number; errorMessage?: string }>
    >; // as OTLP has it
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    if (rejected > 0)
      log.warn('the collector refused some spans', { spans: rejected, reason: partialSuccess?.errorMessage });
    return Number.isSafeInteger(rejected) ? rejected : 0;
  } catch {
    return 0; // an empty answer, or another form: it was taken
  }
}

function secondsOf({ headers }: OutboundAnswer): number {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? seconds : 0;
}

/** What is no URL is shown without what may be a password. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@').slice(0, 200);
}
