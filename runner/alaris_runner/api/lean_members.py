"""Public names of LEAN's QCAlgorithm (quantconnect-stubs 18211): what is not among our own members says that it is not supported."""

from __future__ import annotations

QC_ALGORITHM_MEMBERS = frozenset(
    """
    a abands account_currency active_securities ad add_alpha add_cfd add_chart add_command add_crypto add_crypto_future add_data
    add_equity add_forex add_future add_future_contract add_future_option add_future_option_contract add_index add_index_option
    add_index_option_contract add_option add_option_contract add_risk_management add_security add_security_initializer add_series add_tag
    add_universe add_universe_options add_universe_selection addiff adosc adr advr adx adxr algorithm_id algorithm_mode alma alpha ao apo
    aps ar arima aroon asi atr b bb benchmark bop bracket_order broadcast_command brokerage_message_handler brokerage_model brokerage_name
    buy c calculate_order_quantity candlestick_patterns cc cci chop cik cks cmf cmo co combo_leg_limit_order combo_limit_order
    combo_market_order composite_figi consolidate cov create_consolidator create_date_range_history_requests create_indicator_name crsi
    current_slice cusip d date_rules dch debug debug_messages debug_mode default_order_properties dem dema deployment_details
    deployment_target deregister_indicator do download dpo ema emit_insights emv enable_automatic_indicator_warm_up end_date error
    error_messages execution exercise_option fi filtered_identity fish frama framework_post_initialize fundamentals future_chain
    future_chain_provider future_chains futures_chain futures_chains g get_chart_updates get_data_frame get_data_typed_history
    get_last_known_price get_last_known_prices get_locked get_parameter get_parameters he heikin_ashi history history_provider hma ht ibs
    ichimoku identity indicator_history initialize insights insights_generated is_market_open is_warming_up isin iv kama kch ker kst kvo
    limit_if_touched_order limit_order link liquidate live_mode log log_messages logr lsma lwma macd mad mama market_hours_database
    market_on_close_order market_on_open_order market_order mass max mfi mgd midpoint midprice min mom momersion momp mosc msi name
    name_updated natr nhnl nhnlv notify object_store obv on_assignment_order_event on_brokerage_disconnect on_brokerage_message
    on_brokerage_reconnect on_command on_data on_delistings on_dividends on_end_of_algorithm on_end_of_day on_end_of_time_step
    on_framework_data on_framework_securities_changed on_margin_call on_margin_call_warning on_order_event on_securities_changed on_splits
    on_symbol_changed_events on_warmup_finished one_cancels_other_order one_triggers_other_order one_updates_other_order option_chain
    option_chain_provider option_chains order order_factory pandas_converter plot plot_indicator portfolio portfolio_construction
    post_initialize pphl ppo project_id psar pso quit r rc rdv record register_indicator remove_option_contract remove_security
    resolve_consolidator risk_free_interest_rate_model risk_management rma roc rocp rocr rsi rsv run_command run_time_error
    runtime_statistics rvi sarext schedule securities security_initializer sedol sell set_account_currency set_algorithm_id
    set_algorithm_mode set_alpha set_api set_available_data_types set_benchmark set_brokerage_message_handler set_brokerage_model set_cash
    set_current_slice set_date_time set_deployment_details set_deployment_target set_end_date set_execution set_finished_warming_up
    set_future_chain_provider set_history_provider set_holdings set_live_mode set_locked set_maximum_orders set_name set_object_store
    set_option_chain_provider set_pandas_converter set_parameters set_portfolio_construction set_quit set_risk_free_interest_rate_model
    set_risk_management set_run_time_error set_runtime_statistic set_security_initializer set_start_date set_statistics_service set_status
    set_summary_statistic set_tags set_time_zone set_trade_builder set_universe_selection set_warm_up set_warmup settings shortable
    shortable_quantity si signal_export sm sma sobv sortino sr srsi start_date statistics status stc std sto stop_limit_order
    stop_market_order str submit_order_request subscription_manager sum swiss symbol symbol_properties_database t t_3 tags tags_updated
    tdd tds tema ticker time time_keeper time_rules time_zone tp tr trade_builder trading_calendar trailing_stop_order train transactions
    trima trin trix tsf tsi ultosc universe universe_manager universe_selection universe_settings unregister_indicator utc_time v var
    vidya vp vtx vwap vwma warm_up_indicator wilr wto wwma zlema zz
""".split()
)
