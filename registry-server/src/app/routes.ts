import { adminRoutes } from '../marketplace/admin-routes.ts';
import { bundleRoutes } from '../marketplace/bundle-routes.ts';
import { documentRoutes } from '../marketplace/document-routes.ts';
import { openApiOf } from '../marketplace/openapi.ts';
import { pluginRoutes } from '../marketplace/plugin-routes.ts';
import { publisherRoutes } from '../marketplace/publisher-routes.ts';
import { reviewRoutes } from '../marketplace/review-routes.ts';
import { screenshotRoutes } from '../marketplace/screenshots.ts';
import { trustFeedRoutes } from '../marketplace/trust-feed-routes.ts';
import { webhookRoutes } from '../marketplace/webhook-routes.ts';
import { pageRoutes } from '../pages/page-routes.ts';
import { accessRoutes } from '../protocol/access-routes.ts';
import { advisoryRoutes } from '../protocol/advisory-routes.ts';
import { loginRoutes } from '../protocol/login-routes.ts';
import { orgRoutes } from '../protocol/org-routes.ts';
import { packageRoutes } from '../protocol/package-routes.ts';
import { profileRoutes } from '../protocol/profile-routes.ts';
import { readRoutes } from '../protocol/read-routes.ts';
import { stageRoutes } from '../protocol/stage-routes.ts';
import { tagRoutes } from '../protocol/tag-routes.ts';
import { tokenRoutes } from '../protocol/token-routes.ts';
import { trustRoutes } from '../protocol/trust-routes.ts';
import type { Registry } from './registry.ts';
import type { Reply, Route } from './route.ts';

/** Every route of the registry. The first that fits answers, so those that begin with a package's name come last. */
export function allRoutes(registry: Registry): readonly Route[] {
  const { maxPackageBytes } = registry.settings;
  const routes: readonly Route[] = [
    ...readRoutes,
    ...advisoryRoutes,
    ...loginRoutes,
    ...profileRoutes,
    ...tokenRoutes,
    ...accessRoutes,
    ...orgRoutes,
    ...tagRoutes,
    ...stageRoutes(maxPackageBytes),
    ...trustRoutes(registry),
    ...pageRoutes,
    ...pluginRoutes,
    ...reviewRoutes,
    ...screenshotRoutes,
    ...publisherRoutes,
    ...webhookRoutes,
    ...trustFeedRoutes,
    ...bundleRoutes,
    ...documentRoutes,
    ...adminRoutes,
    ...packageRoutes(maxPackageBytes),
  ];
  const document = openApiOf(routes, registry.url);
  const describe = async (): Promise<Reply> => ({ body: document });
  return [{ method: 'GET', path: '/-/af/v1/openapi.json', access: 'public', handler: describe }, ...routes];
}
