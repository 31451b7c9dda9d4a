/**
 * For tests of plugins that bring models: fakes the official clients accept, cassettes, and what every provider
 * behind a server must do.
 * @module
 */
export {
  startCassette,
  type Cassette,
  type CassetteFile,
  type CassetteOptions,
  type Exchange,
} from './cassette.ts';
export { completion, delta } from './fake-chat.ts';
export { fakeModels } from './fake-models.ts';
export type { FakeModel, FakeQuestion, FakeReply, FakeToolCall, FakeUsage } from './fake-reply.ts';
export { weatherModel } from './fake-reply.ts';
export { httpProviderSuite } from './http-provider-suite.ts';
export {
  failing,
  openStream,
  sendEvents,
  sendJson,
  startModelServer,
  type Behaviour,
  type ModelServer,
  type SeenRequest,
} from './model-server.ts';
export {
  failsWith,
  testProviderConfig,
  withProvider,
  type HttpProviderFixture,
  type OpenProvider,
  type ReadStream,
} from './provider-case.ts';
export { providerConfigProblems } from './provider-config-problems.ts';
export { weatherSetup } from './weather-setup.ts';
