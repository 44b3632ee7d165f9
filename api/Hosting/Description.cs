using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Personalization.Keys;

namespace Personalization.Hosting;

/// <summary>What /openapi/v1.json says beside the calls: what this is, and how a caller shows its key.</summary>
public static class Description
{
    const string Key = "key",
        Basic = "basic",
        Visitor = "visitorToken";

    /// <summary>What the calls of a tag are about.</summary>
    static readonly Dictionary<string, string> Topics = new()
    {
        ["Tracking"] = "What customers do, in Segment's words, and what of it could not be used.",
        ["Platforms"] = "What a shop's platform and Google Analytics send by themselves.",
        ["Recommendations"] = "Products for a visitor, the rules that shape them, and what became of them.",
        ["Experiments"] = "Variants of a placement, who saw which, and which of them sells more.",
        ["Statistics"] = "Figures of the whole shop and of where its visitors come from.",
        ["Keys"] = "Tokens of visitors, what they open, and the secrets that sign.",
        ["Customers"] = "What is known of a customer; merging, consent and erasure.",
        ["Warnings"] = "Customers about to leave, what became of them, and how often the warnings were right.",
        ["Outreach"] = "Playbooks: what would be said to whom.",
        ["Products"] = "The catalogue and the feeds that fill it.",
        ["Imports"] = "Histories brought in while the server runs.",
        ["Quarantine"] = "What is damaged and was put aside, and trying it again.",
        ["Health"] = "Whether the process runs and can serve.",
    };

    public static void AddDescription(this IServiceCollection services) =>
        services.AddOpenApi(options =>
            options
                .AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        var policies = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>();
                        if (policies.Any(policy => policy.Policy == Policies.Visitor))
                            operation.Security = [.. Keys(context.Document), Requires(context.Document, Visitor)];
                        else if (operation.Parameters?.Any(parameter => parameter.Name == "include") == true)
                            operation.Security = [.. Keys(context.Document), Requires(context.Document, Basic, Visitor)];
                        else if (!operation.Responses!.ContainsKey("401"))
                            operation.Security = [];
                        return Task.CompletedTask;
                    }
                )
                .AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        // What a request needs is read as nullable, so that its absence is refused by its name.
                        if (context.JsonTypeInfo.Type.Name.EndsWith("Request", StringComparison.Ordinal))
                            foreach (var name in schema.Required ?? new HashSet<string>())
                                ((OpenApiSchema)schema.Properties![name]).Type &= ~JsonSchemaType.Null;
                        // An object of the shop's own fields; said plainly, as generators take silence for an empty one.
                        if (context.JsonTypeInfo.Type == typeof(JsonObject))
                            schema.AdditionalProperties = new OpenApiSchema();
                        return Task.CompletedTask;
                    }
                )
                .AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Info = new OpenApiInfo
                        {
                            Title = "Personalization",
                            Version = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "",
                            Description =
                                "Tracks what customers do, recommends to each in real time, warns of those about to leave, and decides what to say to whom. "
                                + "The write key tracks; the secret key reads and administers.",
                        };
                        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
                            tag.Description = Topics.GetValueOrDefault(tag.Name ?? "");
                        document.Components ??= new OpenApiComponents();
                        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                        document.Components.SecuritySchemes[Key] = new OpenApiSecurityScheme
                        {
                            Type = SecuritySchemeType.Http,
                            Scheme = "bearer",
                            Description = "The secret key, or the write key for tracking.",
                        };
                        document.Components.SecuritySchemes[Basic] = new OpenApiSecurityScheme
                        {
                            Type = SecuritySchemeType.Http,
                            Scheme = "basic",
                            Description = "The same keys as user name, with an empty password.",
                        };
                        document.Components.SecuritySchemes[Visitor] = new OpenApiSecurityScheme
                        {
                            Type = SecuritySchemeType.ApiKey,
                            In = ParameterLocation.Header,
                            Name = ApiKeyAuthentication.VisitorHeader,
                            Description =
                                "A visitor's own token (POST /v1/visitor-tokens); beside the write key it opens include=.",
                        };
                        document.Security = Keys(document);
                        return Task.CompletedTask;
                    }
                )
        );

    static OpenApiSecurityRequirement[] Keys(OpenApiDocument? document) => [Requires(document, Key), Requires(document, Basic)];

    static OpenApiSecurityRequirement Requires(OpenApiDocument? document, params string[] schemes)
    {
        var all = new OpenApiSecurityRequirement();
        foreach (var scheme in schemes)
            all[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        return all;
    }

    /// <summary>The description at /openapi/v1.json, and pages of it at /docs.</summary>
    public static void MapDescription(this WebApplication app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/docs"),
            docs =>
            {
                docs.UsePagePolicy(
                    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                );
                docs.UseSwaggerUI(ui =>
                {
                    ui.RoutePrefix = "docs";
                    ui.SwaggerEndpoint("/openapi/v1.json", "Personalization");
                });
            }
        );
        app.MapGet("/", () => TypedResults.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();
    }
}
