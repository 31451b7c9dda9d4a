// Loaded into npm before it starts: it finds no keys at sigstore's own server, as of a registry that is not there, and
// asks the registry itself.
const { registerHooks } = require('node:module');
const none = Object.assign(new Error('not there'), { code: 'TUF_FIND_TARGET_ERROR' });
globalThis.noSigstore = { initTUF: async () => ({ getTarget: () => Promise.reject(none) }) };
registerHooks({
  load: (url, context, next) =>
    url.endsWith('/@sigstore/tuf/dist/index.js')
      ? { format: 'commonjs', source: 'module.exports = globalThis.noSigstore;', shortCircuit: true }
      : next(url, context),
});
