DROP TABLE af_webhooks_attempts;

DROP TABLE af_webhooks_deliveries;

DROP TABLE af_webhooks_endpoints;
