/** The image's health check: the readiness of this very instance, with Node alone (the image has no curl). */
const answer = await fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/health/ready`).catch(() => null);
process.exit(answer?.ok ? 0 : 1);
