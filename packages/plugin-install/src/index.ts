/**
 * Finds, verifies, installs, upgrades and rolls back plugins from registries.
 * @module
 */
export { auditInstalled, type AuditFinding } from './audit.ts';
export { openBundle, writeBundle, type OpenBundle } from './bundle.ts';
export { applyBlocks, removePlugins, revokeGranted, rollBack, type BlockCheck } from './change-installed.ts';
export { errorTable } from './errors.ts';
export { rootHashIn } from './freshness.ts';
export { install, type InstallRequest, type InstallResult, type Proposal } from './install.ts';
export {
  amendConfig,
  amendInstalled,
  installedGenerations,
  readInstalled,
  type InstalledPlugin,
  type InstalledSet,
} from './installed-set.ts';
export { Market, type MarketOptions } from './market.ts';
export { publish, type PublishOptions } from './publish.ts';
export { searchPlugins, type FoundPlugin, type SearchFacets } from './search.ts';
export { parseSpec } from './spec.ts';
export { placesIn } from './store-places.ts';
export { httpTransport, httpTransportWith, type Transport } from './transport.ts';
export { refuseChanged, verifyInstalled, type Verdict } from './verify-installed.ts';
