import { createPacker } from '@agent-factory/sdk/bridge';
import type { PluginRun } from './plugin-run.ts';

/** What a plugin's setup registered, as its process tells it. */
interface Told {
  readonly v: Readonly<Record<string, unknown>>;
  readonly f: readonly (readonly [path: readonly string[], number: number])[];
}

/** A plugin's registrations: the data, and the place of each function. */
export interface Registration {
  /** Equal for every process of the same plugin, if its setup does the same each time. */
  readonly shape: string;
  /** The numbers of its functions in this process, by place. */
  readonly functions: readonly number[];
  /** The number of the function that ends the plugin. */
  readonly dispose: number;
}

/** A function of an isolated plugin, as it is called here. */
type Remote = (...args: unknown[]) => Promise<unknown>;

/** What a plugin registered, ready to be handed on: its functions call its process, whichever it is then. */
export interface Registered {
  readonly provides: readonly (readonly [id: string, value: unknown])[];
  readonly contributes: readonly (readonly [id: string, value: unknown])[];
  readonly taps: readonly (readonly [hook: string, handler: Remote, options: object])[];
  readonly health: readonly Remote[];
  readonly serves: readonly Remote[];
}

/** Reads what a plugin's boot answered; throws a sentence when it is no registration. */
export function readRegistration(answer: unknown): Registration {
  if (typeof answer !== 'string') throw new Error('it did not say what it registers');
  const { v, f } = parse(answer);
  const paths = f.map(([path]) => path);
  const dispose = f.find(([path]) => path.length === 1 && path[0] === 'dispose')?.[1];
  if (dispose === undefined) throw new Error('it did not say how it ends');
  return { shape: JSON.stringify({ v, paths }), functions: f.map(([, number]) => number), dispose };
}

/** The registrations of a plugin, with functions that call it. */
export function registeredBy({ shape }: Registration, run: PluginRun): Registered {
  const { v, paths } = JSON.parse(shape) as { v: unknown; paths: readonly string[][] }; // written just above
  const packer = createPacker({
    lend: refuse,
    stream: refuse,
    follow: refuse,
    borrow:
      (place) =>
      (...args) =>
        run.call(place, args),
  });
  const whole = packer.unpack(JSON.stringify({ v, f: paths.map((path, place) => [path, place]), i: [] }));
  const parts = Object(whole) as Partial<Record<keyof Registered, unknown>>;
  const list = (name: keyof Registered): unknown[] => {
    const found = parts[name];
    if (!Array.isArray(found)) throw new Error(`its list ${name} is none`);
    return found;
  };
  const isFunction = (value: unknown): boolean => typeof value === 'function';
  const pairs = (name: 'provides' | 'contributes'): Registered['provides'] => {
    const found = list(name);
    if (found.every((one) => Array.isArray(one) && typeof one[0] === 'string' && one.length === 2))
      return found as never; // checked
    throw new Error(`its list ${name} holds something else`);
  };
  const [taps, health, serves] = [list('taps'), list('health'), list('serves')];
  const isTap = (one: unknown): boolean =>
    Array.isArray(one) && typeof one[0] === 'string' && isFunction(one[1]) && typeof one[2] === 'object';
  if (!taps.every(isTap) || !health.every(isFunction) || !serves.every(isFunction))
    throw new Error('its taps, health checks or services are no functions');
  return {
    provides: pairs('provides'),
    contributes: pairs('contributes'),
    taps: taps as never, // checked above, as are the others
    health: health as Remote[],
    serves: serves as Remote[],
  };
}

function parse(text: string): Told {
  const { parse: read } = createPacker({ lend: refuse, stream: refuse, follow: refuse, borrow: refuse });
  const { v, f } = Object(read(text)) as Partial<Told>;
  const fits = (place: unknown): boolean =>
    Array.isArray(place) &&
    Array.isArray(place[0]) &&
    place[0].every((key) => typeof key === 'string') &&
    Number.isSafeInteger(place[1]);
  if (typeof v !== 'object' || !Array.isArray(f) || !f.every(fits))
    throw new Error('what it registers cannot be read');
  return { v, f };
}

function refuse(): never {
  throw new Error('no function is lent here');
}
