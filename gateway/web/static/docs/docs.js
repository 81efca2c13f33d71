// Draws the API from the gateway's own OpenAPI document.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: new URL("openapi.json", document.baseURI).href,
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    persistAuthorization: false,
    validatorUrl: null,
    syntaxHighlight: { theme: "nord" },
  });
});
