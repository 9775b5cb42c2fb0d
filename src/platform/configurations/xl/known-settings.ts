/** Settings of xl.cfg(5) of Xen 4.17 from which nothing is read: they are kept as they are. */
export const KNOWN_SETTINGS: ReadonlySet<string> = new Set(
  (
    'type builder uuid seclabel init_seclabel max_grant_frames max_maptrack_frames max_grant_version nomigrate driver_domain ' +
    'device_tree passthrough xend_suspend_evtchn_compat vmtrace_buf_kb vpmu cpus_soft pool cpuid extra cmdline root kernel ramdisk ' +
    'bootloader bootloader_args bootloader_restrict_user firmware bios bios_path_override boot on_poweroff on_reboot on_watchdog ' +
    'on_crash on_soft_reset vnuma numa nodes sched latency slice period budget extratime acpi acpi_s3 acpi_s4 acpi_laptop_slate ' +
    'apic x2apic pae smbios_firmware acpi_firmware ms_vm_genid tsc_mode timer_mode vpt_align timeoffset rtc_timeoffset nx ' +
    'hap hap_shadow shadow_memory oos nestedhvm altp2m viridian mmio_hole mca_caps hdtype rdm rdm_mem_boundary ' +
    'xen_platform_pci suppress_vmdesc device_model_version device_model_override device_model_user device_model_args ' +
    'device_model_args_pv device_model_args_hvm device_model_stubdomain_override device_model_stubdomain_seclabel ' +
    'stubdomain_kernel stubdomain_cmdline stubdomain_ramdisk stubdomain_memory dm_restrict e820_host pci_permissive ' +
    'pci_msitranslate pci_seize pci_power_mgmt gfx_passthru vnc vnclisten vncdisplay vncunused vncpasswd sdl opengl spice ' +
    'spiceport spicehost spicetls_port spicedisable_ticketing spicepasswd spiceagent_mouse spicevdagent ' +
    'spice_clipboard_sharing spiceusbredirection spice_image_compression spice_streaming_video keymap nographic videoram ' +
    'gic_version vuart tee iommu_mem_quota irqs claim_mode cpu_policy arch_arm pvshim pvshim_path ' +
    'pvshim_cmdline pvshim_extra vkb_device bloat xenstore_feature_mask assisted_xapic assisted_x2apic msr_relaxed ' +
    'memory_policy usbversion'
  ).split(' '),
);
