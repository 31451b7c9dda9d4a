import { encodePackage } from './registry-client.ts';
import { remember } from './remember.ts';
import type { RegistryAnswer, Transport } from './transport.ts';

const path = '-/af/v1/documents';
const mostNames = 50;
const mostBytes = 32 * 2 ** 20;

/** What a registry said together, by path; nothing stands for what it does not have. */
type Answers = Map<string, Uint8Array | undefined>;

/**
 * Asks a registry in one question for all that it is asked first: twenty packages are fifty questions else, in six
 * steps that wait for each other. Each answer is given once; what is asked again, or was not among them, is asked by
 * itself, as is everything of a registry that does not know the question. All of it is checked as if it came alone.
 *
 * @param namesOf - packages that will be asked for, by registry
 */
export function askedTogether(inner: Transport, namesOf: ReadonlyMap<string, readonly string[]>): Transport {
  const asked = new Map<string, Promise<Answers>>();
  return {
    async get(registry, one, limit) {
      const names = namesOf.get(registry) ?? [];
      const answers = await remember(asked, registry, () => ask(inner, registry, names));
      const bytes = answers.get(one);
      const isThere = answers.delete(one);
      if (!isThere || (bytes?.length ?? 0) > limit) return inner.get(registry, one, limit);
      return { status: bytes ? 200 : 404, type: 'application/json', bytes: bytes ?? new Uint8Array() };
    },
  };
}

async function ask(inner: Transport, registry: string, names: readonly string[]): Promise<Answers> {
  if (names.length === 0) return new Map();
  const query = names.slice(0, mostNames).map((name) => `plugin=${encodePackage(name)}`);
  try {
    return read(await inner.get(registry, `${path}?${query.join('&')}`, mostBytes));
  } catch {
    return new Map(); // asked by itself, it says what is wrong with it
  }
}

function read({ status, bytes }: RegistryAnswer): Answers {
  if (status !== 200) return new Map();
  const { answers } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { answers: object };
  return new Map(
    Object.entries(answers).flatMap(([one, text]): [string, Uint8Array | undefined][] =>
      typeof text === 'string' ? [[one, Buffer.from(text)]] : text === null ? [[one, undefined]] : [],
    ),
  );
}
