import type { ConformanceSuite } from '@agent-factory/sdk/testing';
import type { HttpProviderFixture } from './provider-case.ts';
import { providerFailureCases } from './provider-failure-cases.ts';
import { providerRepeatCases } from './provider-repeat-cases.ts';
import { providerStreamCases } from './provider-stream-cases.ts';

/**
 * What every provider behind a server must do when things go wrong, beside the suite of language models. Each
 * case starts a server of its own on loopback.
 *
 * @example
 * ```ts
 * declare const fixture: HttpProviderFixture;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of httpProviderSuite(fixture)) it(name, run);
 * ```
 */
export function httpProviderSuite(fixture: HttpProviderFixture): ConformanceSuite {
  return [...providerFailureCases(fixture), ...providerStreamCases(fixture), ...providerRepeatCases(fixture)];
}
