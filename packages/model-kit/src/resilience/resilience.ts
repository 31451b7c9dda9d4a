import type {
  Embedder,
  LanguageModel,
  ModelCallOptions,
  ModelChunk,
  ModelRequest,
} from '@agent-factory/sdk/contracts';
import { createCircuit, type Circuit } from './circuit.ts';
import { countTokens, estimateTokens } from './estimate-tokens.ts';
import { createGate } from './gate.ts';
import type { Pass } from './lane.ts';
import type { ResiliencePolicy } from './resilience-config.ts';
import { createRetries, pause } from './retry.ts';

/** Circuits are forgotten when there are more than this, those that are closed. */
const mostCircuits = 1000;

/** What is known of a call before it is made. */
interface Attempted {
  readonly model: string;
  readonly tokens: number;
  readonly options: ModelCallOptions;
}

/** Makes the sources of one provider endure failures: repeats, leaves alone, keeps to limits. */
export interface Resilience {
  model(inner: LanguageModel): LanguageModel;
  embedder(inner: Embedder): Embedder;
}

/** One mechanism for all that a provider offers, so that its limits count everything. */
export function createResilience(provider: string, policy: ResiliencePolicy): Resilience {
  const gate = createGate(provider, policy.limits);
  const retries = createRetries(policy.retry);
  const circuits = new Map<string, Circuit>();

  const circuitOf = (model: string): Circuit => {
    let circuit = circuits.get(model);
    if (!circuit) {
      if (circuits.size >= mostCircuits) {
        for (const [name, { open }] of circuits) if (!open) circuits.delete(name);
      }
      circuit = createCircuit(`${provider}/${model}`, policy.circuit);
      circuits.set(model, circuit);
    }
    return circuit;
  };

  const enter = ({ model, tokens, options }: Attempted): Pass | Promise<Pass> => {
    options.signal.throwIfAborted();
    const { tenant, signal } = options;
    return gate.enter({ model, tokens, signal, ...(tenant !== undefined && { tenant }) });
  };

  /** Milliseconds until the next attempt, or throws the error. */
  const waitAfter = (error: unknown, tries: number, { options }: Attempted): number => {
    const wait = options.signal.aborted ? undefined : retries.delayAfter(error, tries);
    if (wait === undefined) throw error;
    return wait;
  };

  const call = async <Answer>(
    about: Attempted,
    ask: () => Promise<Answer>,
    count: (answer: Answer) => number,
  ): Promise<Answer> => {
    for (let tries = 0; ; tries += 1) {
      const pass = await enter(about);
      let used: number | undefined = 0;
      try {
        const trial = circuitOf(about.model).begin();
        try {
          const answer = await ask();
          trial.succeeded();
          retries.succeeded();
          used = count(answer);
          return answer;
        } catch (error) {
          trial.failed(error);
          throw error;
        }
      } catch (error) {
        const wait = waitAfter(error, tries, about);
        pass.leave(used);
        await pause(wait, about.options.signal);
      } finally {
        pass.leave(used);
      }
    }
  };

  async function* stream(
    about: Attempted,
    ask: () => AsyncIterable<ModelChunk>,
  ): AsyncGenerator<ModelChunk, void> {
    for (let tries = 0, delivered = false; ; tries += 1) {
      const pass = await enter(about);
      let used: number | undefined = 0;
      let trial;
      try {
        trial = circuitOf(about.model).begin();
        for await (const chunk of ask()) {
          delivered = true;
          used = chunk.type === 'finish' ? countTokens(chunk.response.usage) : undefined;
          if (chunk.type === 'finish') {
            trial.succeeded();
            retries.succeeded();
          }
          yield chunk;
        }
        return;
      } catch (error) {
        trial?.failed(error);
        if (delivered) throw error;
        const wait = waitAfter(error, tries, about);
        pass.leave(used);
        await pause(wait, about.options.signal);
      } finally {
        trial?.succeeded(); // unless it was told otherwise: whoever left the stream had no reason to complain
        pass.leave(used);
      }
    }
  }

  const about = (request: ModelRequest, options: ModelCallOptions): Attempted => ({
    model: request.model,
    options,
    tokens: gate.countsTokens ? estimateTokens(request) : 0,
  });

  return {
    model: (inner) => ({
      ...inner,
      generate: (request, options) =>
        call(
          about(request, options),
          () => inner.generate(request, options),
          ({ usage }) => countTokens(usage),
        ),
      stream: (request, options) => stream(about(request, options), () => inner.stream(request, options)),
    }),
    embedder: (inner) => ({
      ...inner,
      embed: (request, options) => {
        const tokens = request.texts.reduce((sum, text) => sum + text.length, 0) / 4;
        return call(
          { model: request.model, options, tokens },
          () => inner.embed(request, options),
          ({ usage }) => usage.inputTokens,
        );
      },
    }),
  };
}
