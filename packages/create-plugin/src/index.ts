/**
 * Files to start from: a plugin of any kind, in TypeScript or JavaScript.
 * @module
 */
export { errorTable } from './errors.ts';
export { packageNameFor } from './package-name.ts';
export {
  pluginFiles,
  pluginIdOf,
  pluginTemplates,
  type PluginFilesOptions,
  type PluginTemplate,
} from './plugin-files.ts';
export { writeFiles, type WriteOptions } from './write-files.ts';
