import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of finding and installing plugins. */
export const errorTable = {
  AF_INSTALL_SPEC: {
    message: '"{spec}" names no plugin: {reason}.',
    fix: 'Name a package, with a version or range if you like: @acme/plugin-weather@^1.2.0.',
  },
  AF_INSTALL_REGISTRY_UNKNOWN: {
    message: 'It is not known which registry the packages of {scope} come from.',
    fix: 'Name it once with --registry, or set AF_REGISTRY; it is kept for that scope from then on.',
  },
  AF_INSTALL_REGISTRY_PINNED: {
    message: 'The packages of {scope} come from {pinned}, not from {given}.',
    fix: 'Leave --registry out. If they have moved, remove the plugins of {scope} first, then add them from there.',
  },
  AF_INSTALL_REGISTRY_UNREACHABLE: {
    message: 'The registry {registry} cannot be reached: {reason}.',
    fix: 'Check the address and the network, or install from a bundle with --bundle. Nothing was changed.',
    retryable: true,
  },
  AF_INSTALL_REGISTRY_ANSWER: {
    message: 'What {url} answers cannot be used: {reason}.',
    fix: 'Check that this is the address of a registry, and that no proxy or login page stands before it. Nothing was changed.',
  },
  AF_INSTALL_NOT_FOUND: {
    message: 'The registry {registry} has no package {name}.',
    fix: 'Check the spelling; "agent-factory plugin search" finds plugins by their words.',
  },
  AF_INSTALL_NO_VERSION: {
    message: 'No version of {name} can be installed for {range}:\n{list}',
    fix: '{mend}',
  },
  AF_INSTALL_STALE: {
    message: 'What the registry {registry} says may be out of date: {reason}.',
    fix: 'Somebody may be holding back newer versions, or the clock of this machine is wrong. Try again later; a bundle may be older with --max-stale. Nothing was changed.',
    retryable: true,
  },
  AF_INSTALL_UNTRUSTED: {
    message: 'What the registry {registry} says does not hold together: {reason}.',
    fix: 'Do not install from it until whoever runs it has explained this. Nothing was changed.',
  },
  AF_INSTALL_CONTENT: {
    message: 'The file of {package} is not the one that was published: {reason}.',
    fix: 'Do not install it; tell whoever runs the registry. Nothing was changed.',
  },
  AF_INSTALL_MANIFEST: {
    message: 'The package.json inside {package} says something else than the registry does, in {fields}.',
    fix: 'Do not install it; tell whoever runs the registry. Nothing was changed.',
  },
  AF_INSTALL_BLOCKED: {
    message: '{package} is blocked: {reason}',
    fix: 'Use another version or another plugin; "agent-factory plugin info" lists the versions.',
  },
  AF_INSTALL_BUSY: {
    message: 'Another install is under way in {folder} (process {pid}).',
    fix: 'Wait until it has ended, then try again.',
    retryable: true,
  },
  AF_INSTALL_STORE: {
    message: 'The store of plugins cannot be used: {reason}.',
    fix: '{mend}',
  },
  AF_INSTALL_UNKNOWN_PLUGIN: {
    message: 'No plugin "{plugin}" was installed from a registry.',
    fix: 'Installed are: {known}.',
  },
  AF_INSTALL_NO_ROLLBACK: {
    message: 'There is nothing to go back to: {reason}.',
    fix: '"agent-factory plugin rollback --list" shows what there is.',
  },
  AF_INSTALL_CHANGED: {
    message: 'Files of installed plugins are not what their authors signed:\n{list}',
    fix: 'Install them again with "agent-factory plugin add", or remove them.',
  },
  AF_INSTALL_BUNDLE: {
    message: 'The bundle {folder} cannot be used: {reason}.',
    fix: 'Make it again with "agent-factory plugin bundle" where there is a network.',
  },
  AF_INSTALL_PUBLISH: {
    message: 'The registry {registry} did not take {package}: {reason}',
    fix: '{mend}',
  },
} as const;

/** Makes the errors of finding and installing plugins. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
