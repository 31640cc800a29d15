package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"helhet/config"
)

// commandLine is what can be written after "helhet". Its texts are for operators, in English, as logs and settings are.
type commandLine struct {
	Config string `help:"YAML file with settings (or HELHET_CONFIG)." placeholder:"FILE"`

	Serve      serveCommand      `cmd:"" help:"Serve pages and API."`
	Demo       demoCommand       `cmd:"" help:"Load the synthetic demo region into an empty database."`
	Token      tokenCommand      `cmd:"" help:"Print a new API token for a person."`
	SignInLink signInLinkCommand `cmd:"" help:"Print a link by which a person signs in once."`
	Settings   settingsCommand   `cmd:"" name:"config" help:"Show the settings in effect and where each came from."`
	Backup     backupCommand     `cmd:"" help:"Write everything stored to a file, also while Helhet serves."`
	Restore    restoreCommand    `cmd:"" help:"Fill an empty database from a backup."`
	Copy       copyCommand       `cmd:"" help:"Copy a database into an empty one, on the same engine or another."`
	Audit      auditCommand      `cmd:"" help:"Verify or export the audit log."`
	Catalogue  catalogueCommand  `cmd:"" help:"Check, compare and convert questionnaires."`
	Version    versionCommand    `cmd:"" help:"Show which build this is."`
}

// storeFlags choose the database, for each command that opens one.
type storeFlags struct {
	Data string `help:"Keep the embedded database in this folder: short for HELHET_STORE=sqlite:DIR." placeholder:"DIR"`
}

func (f storeFlags) flags() []config.Flag {
	if f.Data == "" {
		return nil
	}
	return []config.Flag{{Flag: "--data", Setting: config.SettingStore, Value: string(config.SQLite) + ":" + f.Data}}
}

// serveFlags are the settings that the command line of serve may give.
type serveFlags struct {
	storeFlags
	Addr        string `help:"Serve at this address (HELHET_ADDR)." placeholder:"HOST:PORT"`
	Demo        *bool  `help:"Serve the synthetic demo region (HELHET_DEMO)." negatable:""`
	MetricsAddr string `help:"Serve Prometheus metrics at this address (HELHET_METRICS_ADDR)." placeholder:"HOST:PORT"`
}

func (f serveFlags) flags() []config.Flag {
	flags := f.storeFlags.flags()
	if f.Addr != "" {
		flags = append(flags, config.Flag{Flag: "--addr", Setting: config.SettingAddr, Value: f.Addr})
	}
	if f.Demo != nil {
		flags = append(flags, config.Flag{Flag: "--demo", Setting: config.SettingDemo, Value: strconv.FormatBool(*f.Demo)})
	}
	if f.MetricsAddr != "" {
		flags = append(flags, config.Flag{Flag: "--metrics-addr", Setting: config.SettingMetricsAddr, Value: f.MetricsAddr})
	}
	return flags
}

type settingsCommand struct{ serveFlags }

// Run prints the settings, secrets masked.
func (c settingsCommand) Run(p *program) error {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	return printSettings(p.stdout, settings)
}

func printSettings(w io.Writer, c config.Config) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tFROM")
	for _, s := range c.Settings() {
		value := s.Value
		if value == "" {
			value = "(empty)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, value, s.Origin)
	}
	return table.Flush()
}
