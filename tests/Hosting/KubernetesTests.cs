using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Orleans.Hosting.Kubernetes;
using Personalization.Hosting;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>The manifests in <c>silo/kubernetes</c> against what the program expects.</summary>
public sealed class KubernetesTests
{
    static readonly string Folder = FolderOf(AppContext.BaseDirectory);
    static readonly List<object> Manifests =
    [
        .. Files()
            .Where(file => file != "kustomization.yaml")
            .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(Folder, file)), strict: true)),
    ];
    static readonly V1Deployment Deployment = One<V1Deployment>();
    static readonly V1PodSpec Pod = Deployment.Spec.Template.Spec;
    static readonly V1Container Silo = Pod.Containers.ShouldHaveSingleItem();

    [Fact]
    public void The_kustomization_names_every_manifest() =>
        File.ReadAllLines(Path.Combine(Folder, "kustomization.yaml"))
            .Where(line => line.EndsWith(".yaml", StringComparison.Ordinal))
            .Select(line => line.Trim(' ', '-'))
            .Order()
            .ShouldBe(Files().Where(file => file != "kustomization.yaml").Order());

    [Fact]
    public void Ports_are_those_that_the_program_listens_at()
    {
        PortOf("http").ShouldBe(new Uri(ServerOptions.DefaultUrls).Port);
        PortOf("silo").ShouldBe(ClusterSettings.DefaultSiloPort);
        One<V1Service>().Spec.Ports.ShouldHaveSingleItem().TargetPort.Value.ShouldBe("http");
    }

    [Fact]
    public async Task Probes_ask_paths_that_are_there()
    {
        await using var server = await TestServer.StartAsync();
        await server.ReadyAsync();
        foreach (var probe in new[] { Silo.StartupProbe, Silo.LivenessProbe, Silo.ReadinessProbe })
        {
            probe.HttpGet.Port.Value.ShouldBe("http");
            (await server.GetAsync(probe.HttpGet.Path)).Status.ShouldBe(200);
        }
    }

    [Fact]
    public void Settings_are_known_and_make_sense()
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(
                Silo.Env.Where(one => one.Value is not null)
                    .Select(one => KeyValuePair.Create(one.Name.Replace("__", ":", StringComparison.Ordinal), (string?)one.Value))
            )
            .Build();
        // An unknown name or a value that makes no sense throws.
        var read = ServerSettings.Read(settings, ServerOptions.DefaultUrls);
        read.Cluster.Kubernetes.ShouldBeTrue();
        Silo.Env.ShouldContain(one => one.Name == "Cluster__" + nameof(ClusterSettings.ClusterId));
        var delay = read.Server.ShutdownDelay;
        var stop = TimeSpan.FromSeconds(Pod.TerminationGracePeriodSeconds!.Value);
        stop.ShouldBeGreaterThan(delay + read.Server.DrainTimeout + read.Server.ShutdownTimeout);
        var notice = TimeSpan.FromSeconds((double)(Silo.ReadinessProbe.PeriodSeconds! * Silo.ReadinessProbe.FailureThreshold!));
        delay.ShouldBeGreaterThan(notice);
    }

    [Fact]
    public void Orleans_finds_its_pods()
    {
        var labels = Deployment.Spec.Template.Metadata.Labels;
        labels[KubernetesHostingOptions.ServiceIdLabel].ShouldBe(labels[KubernetesHostingOptions.ClusterIdLabel]);
        labels[KubernetesHostingOptions.ClusterIdLabel].ShouldBe(new ClusterSettings().ClusterId);
        var names = Silo.Env.Select(one => one.Name).ToList();
        names.ShouldContain(KubernetesHostingOptions.PodNameEnvironmentVariable);
        names.ShouldContain(KubernetesHostingOptions.PodNamespaceEnvironmentVariable);
        names.ShouldContain(KubernetesHostingOptions.PodIPEnvironmentVariable);
        var rule = One<V1Role>().Rules.ShouldHaveSingleItem();
        (rule.Resources.Single(), string.Join(' ', rule.Verbs)).ShouldBe(("pods", "get list watch"));
        Pod.ServiceAccountName.ShouldBe(One<V1ServiceAccount>().Metadata.Name);
    }

    [Fact]
    public void Everything_selects_the_pods_of_the_deployment()
    {
        foreach (
            var selector in new[]
            {
                Deployment.Spec.Selector.MatchLabels,
                One<V1Service>().Spec.Selector,
                One<V1PodDisruptionBudget>().Spec.Selector.MatchLabels,
            }
        )
            selector.ShouldBeSubsetOf(Deployment.Spec.Template.Metadata.Labels);
        Deployment.Spec.Replicas!.Value.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public void What_is_secret_comes_from_the_secret_that_the_instructions_make()
    {
        var instructions = File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"));
        string[] secret =
        [
            "PERSONALIZATION_DATABASE",
            "PERSONALIZATION_WRITE_KEY",
            "PERSONALIZATION_SECRET_KEY",
            "PERSONALIZATION_SIGNING_SECRET",
        ];
        foreach (var name in secret)
        {
            var key = Silo.Env.Single(one => one.Name == name).ValueFrom.SecretKeyRef;
            instructions.ShouldContain($"--from-literal={key.Key}=");
            instructions.ShouldContain($"secret generic {key.Name} ");
        }
        var keys = Silo.VolumeMounts.Single(mount => mount.Name == "keys");
        var file = Pod.Volumes.Single(volume => volume.Name == "keys").Secret.Items.ShouldHaveSingleItem().Path;
        Silo.Env.Single(one => one.Name == "Store__MasterKeyFile").Value.ShouldBe($"{keys.MountPath}/{file}");
    }

    [Fact]
    public void A_silo_is_no_administrator_and_writes_to_volumes_alone()
    {
        Pod.SecurityContext.RunAsNonRoot.ShouldBe(true);
        Silo.SecurityContext.ReadOnlyRootFilesystem.ShouldBe(true);
        Silo.SecurityContext.AllowPrivilegeEscalation.ShouldBe(false);
        Silo.VolumeMounts.Select(mount => mount.MountPath).ShouldBe(["/data", "/tmp", "/keys"]);
    }

    static int PortOf(string name) => Silo.Ports.Single(port => port.Name == name).ContainerPort;

    static T One<T>() => Manifests.OfType<T>().ShouldHaveSingleItem();

    static IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*.yaml").Select(file => Path.GetFileName(file));

    static string FolderOf(string below) =>
        Directory.Exists(Path.Combine(below, "silo", "kubernetes"))
            ? Path.Combine(below, "silo", "kubernetes")
            : FolderOf(
                Path.GetDirectoryName(below) ?? throw new DirectoryNotFoundException("silo/kubernetes is not to be found.")
            );
}
